/*
 * ses - Amazon SES events: as they are, inside of SNS notifications, as EventBridge events, and what of these
 * queues (SQS) and functions (Lambda) hand on: {"Records": [...]}, {"Messages": [...]}, {"body": "..."}.
 *
 * eventType (event publishing) or notificationType (identity feedback) says which. mail.messageId is
 * SES's own id, the one of its accepting 250; the RFC Message-ID stands in mail.commonHeaders.
 *
 * Source  Amazon SES Developer Guide, "Event data that Amazon SES publishes".
 */
#include "logs/entry.h"

struct ses_event {
    struct entry entry;
    const struct json_value *mail, *body; /* body: the member of the event's own name */
};

static void read_time(struct ses_event *s, const char *member)
{
    int64_t at_us;

    if (entry_time(json_get(s->body, member), &at_us)) {
        s->entry.line.at_us = at_us;
        s->entry.line.quality = TIME_EXACT;
    }
}

/* Nothing is left to be told once all that were addressed have their answer. */
static void end_of(struct ses_event *s, size_t told)
{
    if (json_count(json_get(s->mail, "destination")) <= told)
        entry_removed(&s->entry);
}

static void attempt(struct ses_event *s, const struct json_value *item, enum log_status status)
{
    const str address = json_kind_of(item) == VALUE_TEXT ? json_text(item) : json_get_text(item, "emailAddress");
    struct log_event *e = entry_attempt(&s->entry, address, status, (str){"", 0});

    if (e->recipient.n == 0)
        e->recipient = address;
    e->enhanced_status = entry_status(json_get_text(item, "status"));
    entry_reply(e, json_get_text(item, "diagnosticCode"));
}

static struct log_event *last(struct ses_event *s)
{
    return &s->entry.sink->events[s->entry.sink->count - 1];
}

/* ---- one function a type */

static void on_send(struct ses_event *s)
{
    struct log_event *e = entry_event(&s->entry, LOG_ACCEPTED);

    e->local_client = true; /* through SES's own interface */
    s->entry.recipients = (int32_t)json_count(json_get(s->mail, "destination"));
    entry_queued(&s->entry);
}

static void on_delivery(struct ses_event *s)
{
    const struct json_value *list = json_get(s->body, "recipients");

    read_time(s, "timestamp");
    entry_queued(&s->entry);
    for (size_t i = 0; i < json_count(list); i++) {
        attempt(s, json_at(list, i), STATUS_SENT);
        struct log_event *e = last(s);
        entry_reply(e, json_get_text(s->body, "smtpResponse"));
        e->remote_ip = json_get_text(s->body, "remoteMtaIp");
        e->delay_ms = (int32_t)entry_number(json_get(s->body, "processingTimeMillis"), -1, INT32_MAX);
    }
    end_of(s, json_count(list));
}

static const struct {
    const char *type, *subtype;
    enum log_status status;
} bounces[] = {
    {"Permanent", "Suppressed", STATUS_SUPPRESSED},
    {"Permanent", "OnAccountSuppressionList", STATUS_SUPPRESSED},
    {"Permanent", "UnsubscribedRecipient", STATUS_SUPPRESSED},
};

/* Another host reports: the message had been taken, and came back. SES names itself for what it was told at once. */
static bool came_back(const struct ses_event *s)
{
    const str reporter = json_get_text(s->body, "reportingMTA");

    return reporter.n > 0 && str_find_nocase(reporter, STR("amazonses")) == STR_NONE;
}

static void on_returned(struct ses_event *s, const struct json_value *item, str category)
{
    struct log_event *e = entry_event(&s->entry, LOG_RETURNED);

    e->recipient = entry_address(json_get_text(item, "emailAddress"));
    e->enhanced_status = entry_status(json_get_text(item, "status"));
    e->own_category = category;
    entry_reply(e, json_get_text(item, "diagnosticCode"));
}

static void on_bounce(struct ses_event *s)
{
    const struct json_value *list = json_get(s->body, "bouncedRecipients");
    const str type = json_get_text(s->body, "bounceType"), subtype = json_get_text(s->body, "bounceSubType");
    enum log_status status = STATUS_BOUNCED;

    read_time(s, "timestamp");
    for (size_t i = 0; i < sizeof bounces / sizeof *bounces; i++)
        if (str_eq(type, str_of(bounces[i].type)) && str_eq(subtype, str_of(bounces[i].subtype)))
            status = bounces[i].status;
    const str category = arena_printf(s->entry.sink->arena, "%.*s/%.*s", STR_ARG(type), STR_ARG(subtype));
    for (size_t i = 0; i < json_count(list) && came_back(s); i++)
        on_returned(s, json_at(list, i), category);
    if (came_back(s))
        return;
    entry_queued(&s->entry);
    for (size_t i = 0; i < json_count(list); i++) {
        attempt(s, json_at(list, i), status);
        last(s)->own_category = category;
        if (last(s)->enhanced_status.class == 4 && status == STATUS_BOUNCED)
            last(s)->status = STATUS_EXPIRED; /* SES has stopped trying: a transient failure that lasted */
    }
    end_of(s, json_count(list));
}

static void on_complaint(struct ses_event *s)
{
    const struct json_value *list = json_get(s->body, "complainedRecipients");

    read_time(s, "timestamp");
    for (size_t i = 0; i < json_count(list); i++) {
        struct log_event *e = entry_event(&s->entry, LOG_RETURNED);
        e->recipient = entry_address(json_get_text(json_at(list, i), "emailAddress"));
        e->feedback_type = json_get_text(s->body, "complaintFeedbackType");
        if (e->feedback_type.n == 0)
            e->feedback_type = STR("abuse");
        e->own_category = json_get_text(s->body, "complaintSubType");
    }
}

/* SES took the message and then refused to send it (a virus). */
static void on_reject(struct ses_event *s)
{
    const struct json_value *list = json_get(s->mail, "destination");

    entry_queued(&s->entry);
    for (size_t i = 0; i < json_count(list); i++) {
        attempt(s, json_at(list, i), STATUS_BOUNCED);
        last(s)->transport = TRANSPORT_ERROR;
        last(s)->reply = json_get_text(s->body, "reason");
        last(s)->phase = PHASE_BODY;
    }
    entry_removed(&s->entry);
}

static void on_delay(struct ses_event *s)
{
    const struct json_value *list = json_get(s->body, "delayedRecipients");

    read_time(s, "timestamp");
    entry_queued(&s->entry);
    for (size_t i = 0; i < json_count(list); i++) {
        attempt(s, json_at(list, i), STATUS_DEFERRED);
        last(s)->own_category = json_get_text(s->body, "delayType");
    }
}

static const struct {
    const char *type, *member;
    void (*read)(struct ses_event *s); /* NULL: says nothing about a delivery */
} types[] = {
    {"Send", "send", on_send},
    {"Delivery", "delivery", on_delivery},
    {"Bounce", "bounce", on_bounce},
    {"Complaint", "complaint", on_complaint},
    {"Reject", "reject", on_reject},
    {"DeliveryDelay", "deliveryDelay", on_delay},
    {"Open", "open", NULL},
    {"Click", "click", NULL},
    {"Rendering Failure", "failure", NULL},
    {"Subscription", "subscription", NULL},
    {"AmazonSnsSubscriptionSucceeded", "", NULL},
};

/* ---- */

static void read_mail(struct ses_event *s)
{
    struct entry *r = &s->entry;
    const struct json_value *tags = json_get(s->mail, "tags");
    int64_t at_us;

    if (entry_time(json_get(s->mail, "timestamp"), &at_us)) {
        r->line.at_us = at_us;
        r->line.quality = TIME_EXACT;
    }
    r->queue_id = json_get_text(s->mail, "messageId");
    r->sender = entry_address(json_get_text(s->mail, "source"));
    r->has_sender = r->sender.n > 0;
    r->message_id = json_get_text(json_get(s->mail, "commonHeaders"), "messageId");
    r->stream = json_text(json_at(json_get(tags, "ses:configuration-set"), 0));
}

int ses_recognise(const struct log_line *line)
{
    const str text = line->message;

    if (text.n == 0 || (text.p[0] != '{' && text.p[0] != '['))
        return 0;
    if (str_find(text, STR("\"aws.ses\"")) != STR_NONE)
        return 100;
    return (str_find(text, STR("eventType")) != STR_NONE || str_find(text, STR("notificationType")) != STR_NONE) &&
                   str_find(text, STR("messageId")) != STR_NONE && str_find(text, STR("destination")) != STR_NONE
               ? 100
               : 0;
}

/* ---- what carried the event */

enum { CARRIERS_MAX = 4 }; /* one inside of the other */

struct carried { /* the texts inside of a value, as one JSON array: they are read at once, since reading frees */
    struct buf list;
    bool carrier; /* one of Amazon's, whatever it carried */
};

static void add_text(struct carried *c, str inner)
{
    inner = str_trim(inner);
    if (inner.n == 0)
        return;
    c->carrier = true;
    if (inner.p[0] != '{') /* "Successfully validated SNS topic ..." */
        return;
    buf_add_char(&c->list, c->list.n ? ',' : '[');
    buf_add(&c->list, inner);
}

static void add_carried(struct carried *c, const struct json_value *v)
{
    const bool sns = json_get_text(v, "MessageId").n > 0 && json_get_text(v, "Type").n > 0;

    if (sns)
        add_text(c, json_get_text(v, "Message"));
    else
        add_text(c, json_get_text(v, json_get(v, "body") ? "body" : "Body"));
}

static void add_list(struct carried *c, const struct json_value *list)
{
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json_value *item = json_at(list, i), *sns = json_get(item, "Sns");
        add_carried(c, sns ? sns : item);
    }
}

/* The value without its outermost carrier; *carrier tells whether it had one. */
static const struct json_value *unwrap(void *state, const struct json_value *v, struct arena *arena, bool *carrier)
{
    struct carried c = {0};

    if (json_kind_of(v) == VALUE_ARRAY)
        add_list(&c, v);
    else
        add_carried(&c, v);
    add_list(&c, json_get(v, "Records"));
    add_list(&c, json_get(v, "Messages"));
    if (c.list.n > 0) {
        buf_add_char(&c.list, ']');
        v = entry_read(state, arena_str(arena, buf_str(&c.list)));
    }
    *carrier = c.carrier;
    buf_free(&c.list);
    return v;
}

static bool read_event(const struct json_value *v, const struct log_line *line, struct log_sink *sink)
{
    struct ses_event s = {
        .entry = {.sink = sink, .line = *line, .instance = STR("ses"), .size_bytes = -1, .recipients = -1}};

    if (json_kind_of(json_get(v, "detail")) == VALUE_OBJECT)
        v = json_get(v, "detail");
    str type = json_get_text(v, "eventType");
    if (type.n == 0)
        type = json_get_text(v, "notificationType");
    s.mail = json_get(v, "mail");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!str_eq(type, str_of(types[i].type)) || !types[i].read)
            continue;
        s.body = json_get(v, types[i].member);
        read_mail(&s);
        types[i].read(&s);
    }
    return type.n > 0;
}

enum line_result ses_parse(void *state, const struct log_line *line, struct log_sink *sink)
{
    const struct json_value *v = entry_read(state, line->message);
    bool carrier = v != NULL, carried = false, read = false;

    if (line->message.n == 0)
        return LINE_KNOWN;
    for (int i = 0; i < CARRIERS_MAX && carrier; i++) {
        v = unwrap(state, v, sink->arena, &carrier);
        carried |= carrier;
    }
    if (json_kind_of(v) == VALUE_OBJECT)
        read = read_event(v, line, sink);
    for (size_t i = 0; json_kind_of(v) == VALUE_ARRAY && i < json_count(v); i++)
        read |= read_event(json_at(v, i), line, sink);
    if (!read) /* a confirmation of a subscription, and other words of carriers */
        return carried && v ? LINE_KNOWN : LINE_UNREAD;
    return sink->count > 0 ? LINE_EVENT : LINE_KNOWN;
}

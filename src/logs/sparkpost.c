/*
 * sparkpost - SparkPost's webhooks: an array of {"msys": {"message_event": {...}}} a line, or one of them;
 * pages of its events API: {"results": [{...}]}.
 *
 * Source  SparkPost API docs, "Webhook events", "Bounce classification codes".
 */
#include "logs/entry.h"

static struct log_event *attempt(struct entry *r, const struct json_value *v, enum log_status status)
{
    const str raw = json_get_text(v, "raw_reason"), reason = json_get_text(v, "reason");
    struct log_event *e = entry_attempt(r, json_get_text(v, "rcpt_to"), status, raw.n > 0 ? raw : reason);

    e->remote_ip = json_get_text(v, "ip_address");
    e->egress = json_get_text(v, "sending_ip");
    e->own_category = json_get_text(v, "bounce_class");
    e->delay_ms = (int32_t)entry_number(json_get(v, "queue_time"), -1, INT32_MAX);
    if (json_get(v, "num_retries"))
        e->attempt = (uint32_t)entry_number(json_get(v, "num_retries"), 0, 100000) + 1;
    if (status == STATUS_SENT && json_get(v, "outbound_tls"))
        e->tls = entry_number(json_get(v, "outbound_tls"), 0, 1) ? TLS_UNTRUSTED : TLS_NONE;
    return e;
}

static void on_injection(struct entry *r, const struct json_value *v)
{
    struct log_event *e = entry_event(r, LOG_ACCEPTED);

    (void)v;
    e->local_client = true;
    entry_queued(r);
}

static void on_delivery(struct entry *r, const struct json_value *v)
{
    entry_queued(r);
    attempt(r, v, STATUS_SENT);
    entry_removed(r);
}

static void on_delay(struct entry *r, const struct json_value *v)
{
    entry_queued(r);
    attempt(r, v, STATUS_DEFERRED);
}

/* Class 24: the queue gave up; 26: SparkPost's own suppression. */
static void on_bounce(struct entry *r, const struct json_value *v)
{
    const str class = json_get_text(v, "bounce_class");

    entry_queued(r);
    attempt(r, v, str_eq(class, STR("24"))   ? STATUS_EXPIRED
                  : str_eq(class, STR("26")) ? STATUS_SUPPRESSED
                                             : STATUS_BOUNCED);
    entry_removed(r);
}

static void on_returned(struct entry *r, const struct json_value *v)
{
    struct log_event *e = entry_event(r, LOG_RETURNED);

    e->recipient = entry_address(json_get_text(v, "rcpt_to"));
    e->own_category = json_get_text(v, "bounce_class");
    entry_reply(e, json_get_text(v, "raw_reason").n > 0 ? json_get_text(v, "raw_reason") : json_get_text(v, "reason"));
}

static void on_complaint(struct entry *r, const struct json_value *v)
{
    struct log_event *e = entry_event(r, LOG_RETURNED);

    e->recipient = entry_address(json_get_text(v, "rcpt_to"));
    e->feedback_type = json_get_text(v, "fbtype");
    if (e->feedback_type.n == 0)
        e->feedback_type = STR("abuse");
}

/* Refused or not made by SparkPost itself: it never left. */
static void on_own_failure(struct entry *r, const struct json_value *v)
{
    entry_queued(r);
    attempt(r, v, STATUS_BOUNCED)->transport = TRANSPORT_ERROR;
    entry_removed(r);
}

static const struct {
    const char *type;
    void (*read)(struct entry *r, const struct json_value *v);
} types[] = { /* all others (open, click, unsubscribes, relay events) say nothing about a delivery */
    {"injection", on_injection},
    {"delivery", on_delivery},
    {"delay", on_delay},
    {"bounce", on_bounce},
    {"out_of_band", on_returned},
    {"spam_complaint", on_complaint},
    {"policy_rejection", on_own_failure},
    {"generation_failure", on_own_failure},
    {"generation_rejection", on_own_failure},
};

int sparkpost_recognise(const struct log_line *line)
{
    const str text = line->message;

    if (text.n == 0 || (text.p[0] != '[' && text.p[0] != '{'))
        return 0;
    return str_find(text, STR("\"msys\"")) != STR_NONE || (str_find(text, STR("\"results\"")) != STR_NONE &&
                                                           str_find(text, STR("\"rcpt_to\"")) != STR_NONE)
               ? 100
               : 0;
}

static void read_event(const struct json_value *v, const struct log_line *line, struct log_sink *sink)
{
    struct entry r = {.sink = sink, .line = *line, .instance = STR("sparkpost"), .recipients = -1};
    const str type = json_get_text(v, "type");
    int64_t at_us;

    if (entry_time(json_get(v, "timestamp"), &at_us)) {
        r.line.at_us = at_us;
        r.line.quality = TIME_EXACT;
    }
    r.queue_id = entry_key(sink->arena, json_get_text(v, "message_id"), json_get_text(v, "rcpt_to"));
    r.sender = entry_address(json_get_text(v, "msg_from"));
    r.has_sender = r.sender.n > 0;
    r.size_bytes = entry_number(json_get(v, "msg_size"), -1, INT64_MAX);
    r.stream = json_get_text(v, "campaign_id");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_eq(type, str_of(types[i].type)))
            types[i].read(&r, v);
}

/* {"msys": {"message_event": {...}}}: the member's name tells the class of the event; {} is a ping. */
static bool read_member(const struct json_value *item, const struct log_line *line, struct log_sink *sink)
{
    const struct json_value *msys = json_get(item, "msys"), *page = json_get(item, "results"), *event;
    void *at = NULL;
    str key;

    for (size_t i = 0; i < json_count(page); i++)
        read_event(json_at(page, i), line, sink);
    if (json_kind_of(page) == VALUE_ARRAY)
        return true;
    if (json_kind_of(msys) != VALUE_OBJECT)
        return false;
    while (json_next(msys, &at, &key, &event))
        read_event(event, line, sink);
    return true;
}

enum line_result sparkpost_parse(void *state, const struct log_line *line, struct log_sink *sink)
{
    const struct json_value *v = entry_read(state, line->message);
    bool read = v != NULL;

    if (line->message.n == 0)
        return LINE_KNOWN;
    if (json_kind_of(v) == VALUE_OBJECT)
        read = read_member(v, line, sink);
    for (size_t i = 0; json_kind_of(v) == VALUE_ARRAY && i < json_count(v); i++)
        read &= read_member(json_at(v, i), line, sink);
    if (sink->count > 0)
        return LINE_EVENT;
    return read ? LINE_KNOWN : LINE_UNREAD;
}

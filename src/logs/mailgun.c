/*
 * mailgun - Mailgun's webhooks ({"signature", "event-data"}), its events API (single or {"items": [...]}), and the
 * fields of its old webhooks as JSON; one value a line.
 *
 * Source  Mailgun docs, "Events", "Webhooks".
 */
#include "logs/entry.h"

struct mailgun_event {
    struct entry entry;
    const struct json_value *value, *status; /* event-data and its delivery-status */
    str recipient;
};

/* A number, or a text of one in old webhooks. */
static int code_of(const struct mailgun_event *s)
{
    str text = json_get_text(s->status, "code");
    uint64_t n;

    if (str_take_u64(&text, &n) && n < 1000)
        return (int)n;
    return (int)entry_number(json_get(s->status, "code"), 0, 999);
}

/* description repeats message on some failures and holds the text alone on others. */
static str reply_of(const struct mailgun_event *s)
{
    const str message = json_get_text(s->status, "message"), description = json_get_text(s->status, "description");
    const int code = code_of(s);
    const str text = message.n > 0 ? message : description.n > 0 ? description : json_get_text(s->status, "error");

    return code >= 200 && code < 600 && !logged_code(text)
               ? arena_printf(s->entry.sink->arena, "%d %.*s", code, STR_ARG(text))
               : text;
}

static struct log_event *attempt(struct mailgun_event *s, enum log_status status)
{
    struct log_event *e = entry_attempt(&s->entry, s->recipient, status, (str){"", 0});

    e->enhanced_status = entry_status(json_get_text(s->status, "enhanced-code"));
    entry_reply(e, reply_of(s));
    e->remote_host = json_get_text(s->status, "mx-host");
    e->attempt = (uint32_t)entry_number(json_get(s->status, "attempt-no"), 0, 100000);
    e->own_category = json_get_text(s->value, "reason");
    e->egress = json_get_text(json_get(s->value, "envelope"), "sending-ip");
    if (status == STATUS_SENT && json_get(s->status, "tls"))
        e->tls = !json_truth(json_get(s->status, "tls"))                      ? TLS_NONE
                 : json_truth(json_get(s->status, "certificate-verified")) ? TLS_TRUSTED
                                                                             : TLS_UNTRUSTED;
    return e;
}

static void on_accepted(struct mailgun_event *s)
{
    struct log_event *e = entry_event(&s->entry, LOG_ACCEPTED);

    e->client_ip = json_get_text(s->value, "originating-ip");
    e->local_client = e->client_ip.n == 0;
    entry_queued(&s->entry);
}

static void on_delivered(struct mailgun_event *s)
{
    entry_queued(&s->entry);
    attempt(s, STATUS_SENT);
    entry_removed(&s->entry);
}

/* "suppress-bounce" and its kin, codes 605 to 607: Mailgun's own lists; "old": it tried long enough. */
static enum log_status final_status(const struct mailgun_event *s)
{
    const str reason = json_get_text(s->value, "reason");
    const int code = code_of(s);

    if (str_starts(reason, STR("suppress-")) || (code >= 605 && code <= 607))
        return STATUS_SUPPRESSED;
    return str_eq(reason, STR("old")) ? STATUS_EXPIRED : STATUS_BOUNCED;
}

static void on_failed(struct mailgun_event *s)
{
    const bool temporary = str_eq(json_get_text(s->value, "severity"), STR("temporary"));

    entry_queued(&s->entry);
    attempt(s, temporary ? STATUS_DEFERRED : final_status(s));
    if (!temporary)
        entry_removed(&s->entry);
}

static void on_rejected(struct mailgun_event *s)
{
    struct log_event *e = entry_event(&s->entry, LOG_REJECTED);

    e->recipient = s->recipient;
    e->phase = PHASE_BODY;
    e->reply = json_get_text(json_get(s->value, "reject"), "reason");
}

static void on_complaint(struct mailgun_event *s)
{
    struct log_event *e = entry_event(&s->entry, LOG_RETURNED);

    e->recipient = s->recipient;
    e->feedback_type = STR("abuse");
}

static const struct {
    const char *name;
    void (*read)(struct mailgun_event *s); /* NULL: says nothing about a delivery */
} types[] = {
    {"accepted", on_accepted}, {"delivered", on_delivered},  {"failed", on_failed}, {"rejected", on_rejected},
    {"complained", on_complaint}, {"opened", NULL},          {"clicked", NULL},     {"unsubscribed", NULL},
    {"stored", NULL},          {"list_member_uploaded", NULL}, {"bounced", on_failed},    {"dropped", on_failed},
};

int mailgun_recognise(const struct log_line *line)
{
    const str text = line->message;

    if (text.n == 0 || text.p[0] != '{')
        return 0;
    if (str_find(text, STR("\"event-data\"")) != STR_NONE)
        return 100;
    return str_find(text, STR("\"event\"")) != STR_NONE && (str_find(text, STR("\"delivery-status\"")) != STR_NONE ||
                                                            (str_find(text, STR("\"Message-Id\"")) != STR_NONE &&
                                                             str_find(text, STR("\"signature\"")) != STR_NONE))
               ? 100
               : 0;
}

/* Old webhooks put <> around it, others do not. */
static str bare_id(str id)
{
    return id.n > 1 && id.p[0] == '<' && id.p[id.n - 1] == '>' ? (str){id.p + 1, id.n - 2} : id;
}

/* Old webhooks send all their values as text, and have no delivery-status: what would be in it stands beside it. */
static void read_event(void *state, const struct json_value *value, const struct log_line *line, struct log_sink *sink)
{
    struct mailgun_event s = {.entry = {.sink = sink,
                                        .state = state,
                                        .line = *line,
                                        .instance = STR("mailgun"),
                                        .size_bytes = -1,
                                        .recipients = -1}};
    s.value = value;
    s.status = json_get(value, "delivery-status") ? json_get(value, "delivery-status") : value;
    const str type = json_get_text(value, "event");
    const struct json_value *message = json_get(value, "message");
    str stamp = json_get_text(value, "timestamp");
    uint64_t seconds;
    int64_t at_us;

    if (str_take_u64(&stamp, &seconds) && stamp.n == 0 && seconds < 100000000000) {
        s.entry.line.at_us = (int64_t)seconds * CLOCK_SECOND;
        s.entry.line.quality = TIME_EXACT;
    } else if (entry_time(json_get(s.value, "timestamp"), &at_us)) {
        s.entry.line.at_us = at_us;
        s.entry.line.quality = TIME_EXACT;
    }
    s.recipient = entry_address(json_get_text(s.value, "recipient"));
    s.entry.message_id = bare_id(json_get_text(json_get(message, "headers"), "message-id"));
    if (s.entry.message_id.n == 0)
        s.entry.message_id = bare_id(json_get_text(value, "Message-Id"));
    s.entry.queue_id = entry_key(sink->arena, s.entry.message_id, s.recipient);
    s.entry.sender = entry_address(json_get_text(json_get(s.value, "envelope"), "sender"));
    s.entry.has_sender = s.entry.sender.n > 0;
    s.entry.stream = json_text(json_at(json_get(s.value, "tags"), 0));
    s.entry.size_bytes = entry_number(json_get(message, "size"), -1, INT64_MAX);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].read && str_eq(type, str_of(types[i].name)) && s.recipient.n > 0)
            types[i].read(&s);
}

enum line_result mailgun_parse(void *state, const struct log_line *line, struct log_sink *sink)
{
    const struct json_value *v = entry_read(state, line->message), *page = json_get(v, "items");

    if (line->message.n == 0)
        return LINE_KNOWN;
    if (json_get(v, "event-data"))
        v = json_get(v, "event-data");
    if (json_get_text(v, "event").n == 0 && json_kind_of(page) != VALUE_ARRAY)
        return LINE_UNREAD;
    if (json_get_text(v, "event").n > 0)
        read_event(state, v, line, sink);
    else
        for (size_t i = 0; i < json_count(page); i++)
            read_event(state, json_at(page, i), line, sink);
    return sink->count > 0 ? LINE_EVENT : LINE_KNOWN;
}

/*
 * mailgun - Mailgun's webhooks ({"signature", "event-data"}) and its events API, one JSON value a line.
 *
 * Source  Mailgun docs, "Events", "Webhooks".
 */
#include "logs/entry.h"

struct mailgun_event {
    struct entry entry;
    const struct json_value *value, *status; /* event-data and its delivery-status */
    str recipient;
};

/* description repeats message on some failures and holds the text alone on others. */
static str reply_of(const struct mailgun_event *s)
{
    const str message = json_get_text(s->status, "message"), description = json_get_text(s->status, "description");
    const int code = (int)entry_number(json_get(s->status, "code"), 0, 999);
    const str text = message.n > 0 ? message : description;

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

/* "suppress-bounce", "suppress-unsubscribe", "suppress-complaint": Mailgun's own lists; "old": it tried long enough. */
static void on_failed(struct mailgun_event *s)
{
    const str reason = json_get_text(s->value, "reason");
    const bool temporary = str_eq(json_get_text(s->value, "severity"), STR("temporary"));

    entry_queued(&s->entry);
    attempt(s, temporary                                    ? STATUS_DEFERRED
               : str_starts(reason, STR("suppress-")) ? STATUS_SUPPRESSED
               : str_eq(reason, STR("old"))           ? STATUS_EXPIRED
                                                      : STATUS_BOUNCED);
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
    {"stored", NULL},          {"list_member_uploaded", NULL},
};

int mailgun_recognise(const struct log_line *line)
{
    const str text = line->message;

    if (text.n == 0 || text.p[0] != '{')
        return 0;
    return str_find(text, STR("\"event-data\"")) != STR_NONE ||
                   (str_find(text, STR("\"delivery-status\"")) != STR_NONE &&
                    str_find(text, STR("\"event\"")) != STR_NONE)
               ? 100
               : 0;
}

enum line_result mailgun_parse(void *state, const struct log_line *line, struct log_sink *sink)
{
    const struct json_value *v = entry_read(state, line->message);
    struct mailgun_event s = {.entry = {.sink = sink,
                                        .state = state,
                                        .line = *line,
                                        .instance = STR("mailgun"),
                                        .size_bytes = -1,
                                        .recipients = -1}};
    int64_t at_us;

    if (line->message.n == 0)
        return LINE_KNOWN;
    s.value = json_get(v, "event-data") ? json_get(v, "event-data") : v;
    s.status = json_get(s.value, "delivery-status");
    const str type = json_get_text(s.value, "event");
    const struct json_value *message = json_get(s.value, "message");
    if (type.n == 0)
        return LINE_UNREAD;
    if (entry_time(json_get(s.value, "timestamp"), &at_us)) {
        s.entry.line.at_us = at_us;
        s.entry.line.quality = TIME_EXACT;
    }
    s.recipient = entry_address(json_get_text(s.value, "recipient"));
    s.entry.message_id = json_get_text(json_get(message, "headers"), "message-id");
    s.entry.queue_id = entry_key(sink->arena, s.entry.message_id, s.recipient);
    s.entry.sender = entry_address(json_get_text(json_get(s.value, "envelope"), "sender"));
    s.entry.has_sender = s.entry.sender.n > 0;
    s.entry.stream = json_text(json_at(json_get(s.value, "tags"), 0));
    s.entry.size_bytes = entry_number(json_get(message, "size"), -1, INT64_MAX);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].read && str_eq(type, str_of(types[i].name)) && s.recipient.n > 0)
            types[i].read(&s);
    return sink->count > 0 ? LINE_EVENT : LINE_KNOWN;
}

/*
 * sendgrid - SendGrid's event webhook: an array of events a line, or one event.
 *
 * Source  Twilio SendGrid docs, "Event Webhook Reference".
 */
#include "logs/entry.h"

struct sendgrid_event {
    struct entry entry;
    const struct json_value *value;
    str email;
};

static struct log_event *attempt(struct sendgrid_event *s, enum log_status status, const char *text)
{
    struct log_event *e = entry_attempt(&s->entry, s->email, status, (str){"", 0});

    e->enhanced_status = entry_status(json_get_text(s->value, "status"));
    entry_reply(e, json_get_text(s->value, text));
    e->own_category = json_get_text(s->value, "bounce_classification");
    e->attempt = (uint32_t)entry_number(json_get(s->value, "attempt"), 0, 100000);
    e->egress = json_get_text(s->value, "ip");
    if (status == STATUS_SENT && json_get(s->value, "tls"))
        e->tls = entry_number(json_get(s->value, "tls"), 0, 1) ? TLS_UNTRUSTED : TLS_NONE;
    return e;
}

static void on_processed(struct sendgrid_event *s)
{
    entry_event(&s->entry, LOG_ACCEPTED)->local_client = true;
    entry_queued(&s->entry);
}

static void on_delivered(struct sendgrid_event *s)
{
    entry_queued(&s->entry);
    attempt(s, STATUS_SENT, "response");
    entry_removed(&s->entry);
}

static void on_deferred(struct sendgrid_event *s)
{
    entry_queued(&s->entry);
    attempt(s, STATUS_DEFERRED, "response");
}

static void on_bounce(struct sendgrid_event *s)
{
    entry_queued(&s->entry);
    struct log_event *e = attempt(s, STATUS_BOUNCED, "reason");
    if (e->own_category.n == 0)
        e->own_category = json_get_text(s->value, "type");
    entry_removed(&s->entry);
}

/* Not tried: SendGrid's own lists, or an address that is none. */
static void on_dropped(struct sendgrid_event *s)
{
    const str reason = json_get_text(s->value, "reason");
    const bool list = str_find_nocase(reason, STR("bounced")) != STR_NONE ||
                      str_find_nocase(reason, STR("unsubscribed")) != STR_NONE ||
                      str_find_nocase(reason, STR("spam reporting")) != STR_NONE;

    entry_queued(&s->entry);
    struct log_event *e = attempt(s, list ? STATUS_SUPPRESSED : STATUS_BOUNCED, "reason");
    if (!list)
        e->transport = TRANSPORT_ERROR;
    entry_removed(&s->entry);
}

static void on_complaint(struct sendgrid_event *s)
{
    struct log_event *e = entry_event(&s->entry, LOG_RETURNED);

    e->recipient = s->email;
    e->feedback_type = STR("abuse");
}

static const struct {
    const char *name;
    void (*read)(struct sendgrid_event *s); /* NULL: says nothing about a delivery */
} types[] = {
    {"processed", on_processed},  {"delivered", on_delivered}, {"deferred", on_deferred},
    {"bounce", on_bounce},        {"blocked", on_bounce},      {"dropped", on_dropped},
    {"spamreport", on_complaint}, {"open", NULL},              {"click", NULL},
    {"unsubscribe", NULL},        {"group_unsubscribe", NULL}, {"group_resubscribe", NULL},
};

int sendgrid_recognise(const struct log_line *line)
{
    const str text = line->message;

    return text.n > 0 && (text.p[0] == '[' || text.p[0] == '{') && str_find(text, STR("\"sg_event_id\"")) != STR_NONE
               ? 100
               : 0;
}

/* The id in the accepting 250 is the one in front of the first dot; each recipient is a message of its own. */
static void read_event(void *state, const struct json_value *v, const struct log_line *line, struct log_sink *sink)
{
    struct sendgrid_event s = {
        .entry = {.sink = sink,
                  .state = state,
                  .line = *line,
                  .instance = STR("sendgrid"),
                  .size_bytes = -1,
                  .recipients = -1},
        .value = v,
        .email = entry_address(json_get_text(v, "email")),
    };
    const str type = json_get_text(v, "event"), id = json_get_text(v, "sg_message_id");
    int64_t at_us;

    if (entry_time(json_get(v, "timestamp"), &at_us)) {
        s.entry.line.at_us = at_us;
        s.entry.line.quality = TIME_EXACT;
    }
    s.entry.queue_id = entry_key(sink->arena, str_to(id, str_find_char(id, '.')), s.email);
    s.entry.message_id = json_get_text(v, "smtp-id");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].read && str_eq(type, str_of(types[i].name)) && s.email.n > 0)
            types[i].read(&s);
}

enum line_result sendgrid_parse(void *state, const struct log_line *line, struct log_sink *sink)
{
    const struct json_value *v = entry_read(state, line->message);

    if (line->message.n == 0)
        return LINE_KNOWN;
    if (!v || (json_kind_of(v) == VALUE_OBJECT && !json_get(v, "event")))
        return LINE_UNREAD;
    if (json_kind_of(v) == VALUE_OBJECT)
        read_event(state, v, line, sink);
    for (size_t i = 0; json_kind_of(v) == VALUE_ARRAY && i < json_count(v); i++)
        read_event(state, json_at(v, i), line, sink);
    return sink->count > 0 ? LINE_EVENT : LINE_KNOWN;
}

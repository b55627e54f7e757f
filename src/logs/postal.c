/*
 * postal - Postal's webhooks, one JSON object a line.
 *
 * Source  postalserver/postal app/models/webhook_request.rb, app/lib/message_dequeuer/outgoing_message_processor.rb.
 */
#include "logs/entry.h"

struct postal_event {
    struct entry entry;
    const struct json_value *payload, *message;
};

static struct log_event *attempt(struct postal_event *s, enum log_status status)
{
    const str output = json_get_text(s->payload, "output"), details = json_get_text(s->payload, "details");
    struct log_event *e =
        entry_attempt(&s->entry, json_get_text(s->message, "to"), status, output.n > 0 ? output : details);

    if (status == STATUS_SENT && json_get(s->payload, "sent_with_ssl"))
        e->tls = json_truth(json_get(s->payload, "sent_with_ssl")) ? TLS_UNTRUSTED : TLS_NONE;
    return e;
}

static void on_sent(struct postal_event *s)
{
    entry_queued(&s->entry);
    attempt(s, STATUS_SENT);
    entry_removed(&s->entry);
}

static void on_delayed(struct postal_event *s)
{
    entry_queued(&s->entry);
    attempt(s, STATUS_DEFERRED);
}

/* "Maximum number of delivery attempts (18) has been reached": the queue gave up. */
static void on_failed(struct postal_event *s)
{
    const str details = json_get_text(s->payload, "details");
    const bool expired = str_find(details, STR("Maximum number of delivery attempts")) != STR_NONE;

    entry_queued(&s->entry);
    attempt(s, expired ? STATUS_EXPIRED : STATUS_BOUNCED);
    entry_removed(&s->entry);
}

/* A bounce that came back: what it speaks of is original_message. */
static void on_bounced(struct postal_event *s)
{
    const struct json_value *original = json_get(s->payload, "original_message");
    struct log_event *e = entry_event(&s->entry, LOG_RETURNED);

    e->recipient = entry_address(json_get_text(original, "to"));
    e->message_id = json_get_text(original, "message_id");
    e->queue_id = json_get_text(original, "token");
    e->envelope_sender = entry_address(json_get_text(original, "from"));
    e->has_sender = e->envelope_sender.n > 0;
}

static const struct {
    const char *event;
    void (*read)(struct postal_event *s); /* NULL: says nothing about a delivery */
} types[] = {
    {"MessageSent", on_sent},       {"MessageDelayed", on_delayed}, {"MessageDeliveryFailed", on_failed},
    {"MessageBounced", on_bounced}, {"MessageHeld", NULL},          {"MessageLinkClicked", NULL},
    {"MessageLoaded", NULL},        {"DomainDNSError", NULL},
};

int postal_recognise(const struct log_line *line)
{
    const str text = line->message;

    if (text.n == 0 || text.p[0] != '{' || str_find(text, STR("\"payload\"")) == STR_NONE)
        return 0;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_find(text, str_of(types[i].event)) != STR_NONE)
            return 100;
    return 0;
}

enum line_result postal_parse(void *state, const struct log_line *line, struct log_sink *sink)
{
    const struct json_value *v = entry_read(state, line->message);
    struct postal_event s = {
        .entry = {.sink = sink, .line = *line, .instance = STR("postal"), .size_bytes = -1, .recipients = -1}};
    const str event = json_get_text(v, "event");
    int64_t at_us;

    if (line->message.n == 0)
        return LINE_KNOWN;
    s.payload = json_get(v, "payload");
    if (event.n == 0 || json_kind_of(s.payload) != VALUE_OBJECT)
        return LINE_UNREAD;
    s.message = json_get(s.payload, "message");
    if (entry_time(json_get(s.payload, "timestamp"), &at_us) || entry_time(json_get(v, "timestamp"), &at_us)) {
        s.entry.line.at_us = at_us;
        s.entry.line.quality = TIME_EXACT;
    }
    if (str_eq(json_get_text(s.message, "direction"), STR("incoming")))
        return LINE_KNOWN;
    s.entry.queue_id = json_get_text(s.message, "token");
    s.entry.message_id = json_get_text(s.message, "message_id");
    s.entry.sender = entry_address(json_get_text(s.message, "from"));
    s.entry.has_sender = s.entry.sender.n > 0;
    s.entry.stream = json_get_text(s.message, "tag");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].read && str_eq(event, str_of(types[i].event)))
            types[i].read(&s);
    return sink->count > 0 ? LINE_EVENT : LINE_KNOWN;
}

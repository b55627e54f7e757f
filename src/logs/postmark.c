/*
 * postmark - Postmark's webhooks, one JSON object a line, and pages of its bounce API ({"Bounces": [...]}).
 *
 * Source  Postmark developer docs, "Webhooks", "Bounce types".
 */
#include "logs/entry.h"

/* What Postmark calls a bounce: by far not each is a failure. */
static const struct {
    const char *type;
    enum log_kind kind; /* 0: of no consequence for a delivery */
    enum log_status status;
} bounces[] = {
    {"HardBounce", LOG_ATTEMPT, STATUS_BOUNCED},
    {"BadEmailAddress", LOG_ATTEMPT, STATUS_BOUNCED},
    {"DnsError", LOG_ATTEMPT, STATUS_BOUNCED},
    {"SpamNotification", LOG_ATTEMPT, STATUS_BOUNCED},
    {"VirusNotification", LOG_ATTEMPT, STATUS_BOUNCED},
    {"Blocked", LOG_ATTEMPT, STATUS_BOUNCED},
    {"SMTPApiError", LOG_ATTEMPT, STATUS_BOUNCED},
    {"DMARCPolicy", LOG_ATTEMPT, STATUS_BOUNCED},
    {"SoftBounce", LOG_ATTEMPT, STATUS_BOUNCED},
    {"Unknown", LOG_ATTEMPT, STATUS_BOUNCED},
    {"Undeliverable", LOG_ATTEMPT, STATUS_BOUNCED},
    {"ManuallyDeactivated", LOG_ATTEMPT, STATUS_SUPPRESSED},
    {"Unconfirmed", LOG_ATTEMPT, STATUS_SUPPRESSED},
    {"Transient", LOG_ATTEMPT, STATUS_DEFERRED},
    {"SpamComplaint", LOG_RETURNED, STATUS_NONE},
};

static void on_delivery(struct entry *r, const struct json_value *v)
{
    entry_queued(r);
    entry_attempt(r, json_get_text(v, "Recipient"), STATUS_SENT, json_get_text(v, "Details"));
    entry_removed(r);
}

static void on_complaint(struct entry *r, const struct json_value *v)
{
    struct log_event *e = entry_event(r, LOG_RETURNED);

    e->recipient = entry_address(json_get_text(v, "Email"));
    e->feedback_type = STR("abuse");
}

static void on_bounce(struct entry *r, const struct json_value *v)
{
    const str type = json_get_text(v, "Type");

    for (size_t i = 0; i < sizeof bounces / sizeof *bounces; i++) {
        if (!str_eq(type, str_of(bounces[i].type)))
            continue;
        if (bounces[i].kind == LOG_RETURNED) {
            on_complaint(r, v);
            return;
        }
        const str details = json_get_text(v, "Details");
        entry_queued(r);
        entry_attempt(r, json_get_text(v, "Email"), bounces[i].status,
                      details.n > 0 ? details : json_get_text(v, "Description"))
            ->own_category = type;
        if (bounces[i].status != STATUS_DEFERRED)
            entry_removed(r);
    }
}

static const struct {
    const char *type, *time;
    void (*read)(struct entry *r, const struct json_value *v); /* NULL: says nothing about a delivery */
} types[] = {
    {"Delivery", "DeliveredAt", on_delivery}, {"Bounce", "BouncedAt", on_bounce},
    {"SpamComplaint", "BouncedAt", on_complaint}, {"Open", "ReceivedAt", NULL},
    {"Click", "ReceivedAt", NULL},            {"SubscriptionChange", "ChangedAt", NULL},
};

int postmark_recognise(const struct log_line *line)
{
    const str text = line->message;

    if (text.n == 0 || text.p[0] != '{')
        return 0;
    return str_find(text, STR("\"RecordType\"")) != STR_NONE || (str_find(text, STR("\"Bounces\"")) != STR_NONE &&
                                                                 str_find(text, STR("\"BouncedAt\"")) != STR_NONE)
               ? 100
               : 0;
}

static void read_record(void *state, const struct json_value *v, str type, const struct log_line *line,
                        struct log_sink *sink)
{
    struct entry r = {
        .sink = sink, .state = state, .line = *line, .instance = STR("postmark"), .size_bytes = -1, .recipients = -1};
    int64_t at_us;

    r.queue_id = json_get_text(v, "MessageID");
    r.sender = entry_address(json_get_text(v, "From"));
    r.has_sender = r.sender.n > 0;
    r.stream = json_get_text(v, "Tag").n > 0 ? json_get_text(v, "Tag") : json_get_text(v, "MessageStream");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!str_eq(type, str_of(types[i].type)))
            continue;
        if (entry_time(json_get(v, types[i].time), &at_us)) {
            r.line.at_us = at_us;
            r.line.quality = TIME_EXACT;
        }
        if (types[i].read)
            types[i].read(&r, v);
    }
}

enum line_result postmark_parse(void *state, const struct log_line *line, struct log_sink *sink)
{
    const struct json_value *v = entry_read(state, line->message), *page = json_get(v, "Bounces");
    const str type = json_get_text(v, "RecordType");

    if (line->message.n == 0)
        return LINE_KNOWN;
    if (type.n == 0 && json_kind_of(page) != VALUE_ARRAY)
        return LINE_UNREAD;
    if (type.n > 0)
        read_record(state, v, type, line, sink);
    for (size_t i = 0; type.n == 0 && i < json_count(page); i++)
        read_record(state, json_at(page, i), STR("Bounce"), line, sink);
    return sink->count > 0 ? LINE_EVENT : LINE_KNOWN;
}

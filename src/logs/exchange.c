/*
 * exchange - Exchange message tracking logs: CSV whose columns a "#Fields:" comment names.
 *
 * A life is told by network-message-id (message-id is not unique). Hops between servers of one
 * organisation go through their own connector and are no deliveries. Nothing says that a life is over.
 *
 * Source  Microsoft Learn, "Message tracking" (event types, fields of the log).
 */
#include <stdlib.h>

#include "base/csv.h"
#include "logs/entry.h"

void *exchange_state_new(void)
{
    return mem_zero(1, sizeof(struct csv));
}

void exchange_state_free(void *state)
{
    if (state)
        csv_free(state);
    free(state);
}

/* "[{LED=250 2.1.5 ...};{MSG=...};{FQDN=mx.example};{IP=192.0.2.1}]" of newer versions; older write the reply alone. */
static str part_of(str status, const char *key)
{
    str rest = status, value;
    const size_t at = str_find(status, str_of(key));

    if (at == STR_NONE)
        return str_to(status, 0);
    rest = str_from(status, at + strlen(key));
    return str_take_until(&rest, '}', &value) ? value : rest;
}

static str reply_of(str status)
{
    const str led = part_of(status, "{LED=");

    return led.n > 0 ? led : status;
}

static struct log_event *attempt(struct entry *r, const struct csv *csv, str recipient, str status_text,
                                 enum log_status status, enum transport transport)
{
    struct log_event *e = entry_attempt(r, recipient, status, reply_of(status_text));

    e->transport = transport;
    if (transport == TRANSPORT_REMOTE) {
        const str fqdn = part_of(status_text, "{FQDN="), ip = part_of(status_text, "{IP=");
        const bool sent = status == STATUS_SENT; /* only then the columns name the other side, else ours */
        e->remote_host = fqdn.n > 0 || !sent ? fqdn : csv_get(csv, "server-hostname");
        e->remote_ip = ip.n > 0 || !sent ? ip : csv_get(csv, "server-ip");
    }
    return e;
}

/* One of a list: a ";" ends it only where the next begins, with a code or "[{"; texts hold ";" as well. */
static str take_status(str *in)
{
    size_t n = 0;

    for (; n < in->n; n++) {
        const str rest = str_skip_blanks(str_from(*in, n + 1));
        if (in->p[n] == ';' && (n == 0 || in->p[0] != '[' || in->p[n - 1] == ']') &&
            (rest.n == 0 || logged_code(rest) || str_starts(rest, STR("[{"))))
            break;
    }
    const str status = str_to(*in, n);
    *in = str_skip_blanks(str_from(*in, n + 1));
    return status;
}

/* recipient-address and recipient-status are lists of the same order. */
static void attempts(struct entry *r, const struct csv *csv, enum log_status status, enum transport transport)
{
    str recipients = csv_get(csv, "recipient-address"), texts = csv_get(csv, "recipient-status"), recipient, text;
    const bool list = str_find_char(recipients, ';') != STR_NONE;

    entry_queued(r);
    while (str_take_field(&recipients, ';', &recipient)) {
        text = texts;
        if (list && texts.n > 0)
            text = take_status(&texts);
        if (texts.n == 0)
            texts = text; /* one for all that are left */
        if (status == STATUS_SENT && logged_code(reply_of(text)) >= 400)
            continue; /* FAIL or DEFER tells it */
        if (recipient.n > 0)
            attempt(r, csv, recipient, text, status, transport);
    }
}

static bool is_intern(const struct csv *csv)
{
    return str_find_nocase(csv_get(csv, "connector-id"), STR("Intra-Organization")) != STR_NONE;
}

static void on_receive(struct entry *r, const struct csv *csv)
{
    if (!str_eq(csv_get(csv, "source"), STR("SMTP")))
        return; /* from a mailbox of ours: SUBMIT told it */
    struct log_event *e = entry_event(r, LOG_ACCEPTED);
    e->client_ip = csv_get(csv, "original-client-ip");
    if (e->client_ip.n == 0)
        e->client_ip = csv_get(csv, "client-ip");
    e->client_host = csv_get(csv, "client-hostname");
    entry_queued(r);
}

static void on_send(struct entry *r, const struct csv *csv)
{
    if (!is_intern(csv))
        attempts(r, csv, STATUS_SENT, TRANSPORT_REMOTE);
}

static void on_deliver(struct entry *r, const struct csv *csv)
{
    attempts(r, csv, STATUS_SENT, TRANSPORT_LOCAL);
}

static void on_fail(struct entry *r, const struct csv *csv)
{
    const str source = csv_get(csv, "source");
    const bool local = str_starts(source, STR("STOREDRIVER")) || str_eq(source, STR("MAILBOXRULE"));
    str status = reply_of(csv_get(csv, "recipient-status"));
    if (logged_code(status))
        status = str_from(status, 4);
    const bool expired = str_starts(status, STR("4.4.7 ")) || str_starts(status, STR("QUEUE.Expired"));

    attempts(r, csv, expired ? STATUS_EXPIRED : STATUS_BOUNCED,
             str_eq(source, STR("AGENT")) ? TRANSPORT_ERROR : local ? TRANSPORT_LOCAL : TRANSPORT_REMOTE);
}

static void on_defer(struct entry *r, const struct csv *csv)
{
    attempts(r, csv, STATUS_DEFERRED, TRANSPORT_REMOTE);
}

/* The new message's own id stands in its columns, what it is about in "reference". */
static void on_dsn(struct entry *r, const struct csv *csv)
{
    struct log_event *e = entry_event(r, LOG_NOTIFICATION);

    e->next_queue_id = r->queue_id;
    e->queue_id = csv_get(csv, "reference");
}

static const struct {
    const char *event;
    void (*read)(struct entry *r, const struct csv *csv);
} types[] = { /* all others speak of what happens inside */
    {"RECEIVE", on_receive}, {"SEND", on_send}, {"SENDEXTERNAL", on_send}, {"DELIVER", on_deliver},
    {"FAIL", on_fail},       {"DEFER", on_defer}, {"DSN", on_dsn},
};

static bool take_fields_line(struct csv *csv, str text, struct arena *arena)
{
    if (!str_take_nocase(&text, STR("#Fields:")))
        return false;
    if (csv_read(csv, str_skip_blanks(text), arena) == CSV_ROW)
        csv_name_columns(csv);
    return true;
}

static str null_sender_is_empty(str path)
{
    return str_eq(path, STR("<>")) ? str_to(path, 0) : path;
}

static void read_common(struct entry *r, const struct csv *csv)
{
    str time = csv_get(csv, "date-time"), bytes = csv_get(csv, "total-bytes"), count = csv_get(csv, "recipient-count");
    const str path = csv_get(csv, "return-path");
    uint64_t n;
    int64_t at_us;

    if (clock_take_rfc3339(&time, &at_us)) {
        r->line.at_us = at_us;
        r->line.quality = TIME_EXACT;
    }
    r->queue_id = csv_get(csv, "network-message-id");
    r->message_id = csv_get(csv, "message-id");
    if (r->queue_id.n == 0)
        r->queue_id = csv_get(csv, "internal-message-id");
    r->sender = null_sender_is_empty(path.n > 0 ? path : csv_get(csv, "sender-address"));
    r->has_sender = path.n > 0 || csv_get(csv, "sender-address").n > 0;
    r->size_bytes = str_take_u64(&bytes, &n) && n <= INT64_MAX ? (int64_t)n : -1;
    r->recipients = str_take_u64(&count, &n) && n <= INT32_MAX ? (int32_t)n : -1;
}

int exchange_recognise(const struct log_line *line)
{
    str text = line->message;

    str_take(&text, STR("\xEF\xBB\xBF"));
    if (str_starts(text, STR("#Log-type: Message Tracking")))
        return 100;
    return str_starts_nocase(text, STR("#Fields:")) && str_find(text, STR("event-id")) != STR_NONE &&
                   str_find(text, STR("recipient-address")) != STR_NONE
               ? 100
               : 0;
}

enum line_result exchange_parse(void *state, const struct log_line *line, struct log_sink *sink)
{
    struct csv *csv = state;
    struct entry r = {.sink = sink, .line = *line, .instance = STR("exchange"), .endless = true};
    str text = line->message;

    str_take(&text, STR("\xEF\xBB\xBF"));
    if (!csv->open && (text.n == 0 || text.p[0] == '#')) {
        take_fields_line(csv, text, sink->arena);
        return LINE_KNOWN;
    }
    const enum csv_result result = csv_read(csv, text, sink->arena);
    if (result != CSV_ROW)
        return result == CSV_PART ? LINE_KNOWN : LINE_UNREAD;
    const str event = csv_get(csv, "event-id");
    if (event.n == 0)
        return LINE_UNREAD;
    read_common(&r, csv);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_eq(event, str_of(types[i].event)))
            types[i].read(&r, csv);
    return sink->count > 0 ? LINE_EVENT : LINE_KNOWN;
}

/*
 * powermta - PowerMTA accounting files: CSV with a header line, any choice of columns.
 *
 * A record has no queue id. What stays the same over a message's life, queue time, sender and
 * recipient, makes one.
 *
 * Source  PowerMTA 4.5/5.0 User's Guide, "Accounting".
 */
#include <stdlib.h>

#include "base/csv.h"
#include "base/hash.h"
#include "logs/entry.h"

void *powermta_state_new(void)
{
    return mem_zero(1, sizeof(struct csv));
}

void powermta_state_free(void *state)
{
    if (state)
        csv_free(state);
    free(state);
}

static bool cell_time(str text, int64_t *at_us)
{
    str rest = text;
    uint64_t seconds;

    if (str_take_u64(&rest, &seconds) && rest.n == 0 && seconds < 100000000000) {
        *at_us = (int64_t)seconds * CLOCK_SECOND;
        return true;
    }
    return clock_take_rfc3339(&text, at_us);
}

/* "mx.example (192.0.2.1)" */
static void read_mta(struct log_event *e, const struct csv *csv)
{
    str mta = csv_get(csv, "dsnMta"), host;

    if (str_take_until_text(&mta, STR(" ("), &host)) {
        e->remote_host = host;
        e->remote_ip = str_to(mta, str_find_char(mta, ')'));
    } else {
        e->remote_host = mta;
        e->remote_ip = csv_get(csv, "dlvDestinationIp");
    }
    e->egress = csv_get(csv, "vmta");
    if (e->egress.n == 0)
        e->egress = csv_get(csv, "dlvSourceIp");
    e->tls_version = csv_get(csv, "dlvTlsProtocol");
    e->cipher = csv_get(csv, "dlvTlsCipher");
    if (e->tls_version.n > 0)
        e->tls = TLS_UNTRUSTED;
}

static enum transport transport_of(str type)
{
    if (type.n == 0 || str_starts_nocase(type, STR("smtp")))
        return TRANSPORT_REMOTE;
    return str_starts_nocase(type, STR("discard")) ? TRANSPORT_DISCARD : TRANSPORT_LOCAL;
}

static enum phase phase_of(str category)
{
    static const char *const early[] = {"bad-connection", "no-answer-from-host", "bad-domain", "routing-errors"};

    for (size_t i = 0; i < sizeof early / sizeof *early; i++)
        if (str_eq(category, str_of(early[i])))
            return PHASE_CONNECT;
    return str_eq(category, STR("message-expired")) ? PHASE_QUEUE : PHASE_NONE;
}

static struct log_event *told(struct entry *r, const struct csv *csv, enum log_kind kind)
{
    struct log_event *e = entry_event(r, kind);

    e->recipient = entry_address(csv_get(csv, "rcpt"));
    e->original_recipient = csv_get(csv, "orcpt");
    str_take_nocase(&e->original_recipient, STR("rfc822;"));
    if (str_eq_nocase(e->original_recipient, e->recipient))
        e->original_recipient.n = 0;
    e->enhanced_status = entry_status(csv_get(csv, "dsnStatus"));
    e->own_category = csv_get(csv, "bounceCat");
    entry_reply(e, csv_get(csv, "dsnDiag"));
    return e;
}

/* totalSecondsQueued is a column that may be left out. */
static int32_t age_ms(const struct entry *r, const struct csv *csv)
{
    const str seconds = csv_get(csv, "totalSecondsQueued");
    int64_t queued;

    if (seconds.n > 0)
        return delay_of_seconds(seconds);
    if (!cell_time(csv_get(csv, "timeQueued"), &queued) || r->line.at_us == CLOCK_NONE || r->line.at_us < queued)
        return -1;
    const int64_t ms = (r->line.at_us - queued) / 1000;
    return ms > INT32_MAX ? INT32_MAX : (int32_t)ms;
}

static void attempt(struct entry *r, const struct csv *csv, enum log_status status)
{
    struct log_event *e = told(r, csv, LOG_ATTEMPT);

    e->status = status;
    e->transport = transport_of(csv_get(csv, "dlvType"));
    e->delay_ms = age_ms(r, csv);
    read_mta(e, csv);
    if (status == STATUS_SENT)
        e->next_queue_id = reply_queue_id(e->reply);
    else
        e->phase = phase_of(e->own_category);
}

static bool is_expired(const struct csv *csv)
{
    const struct esc code = entry_status(csv_get(csv, "dsnStatus"));

    return str_eq(csv_get(csv, "bounceCat"), STR("message-expired")) || (code.subject == 4 && code.detail == 7);
}

/* ---- one function a record type */

static void on_delivered(struct entry *r, const struct csv *csv)
{
    entry_queued(r);
    attempt(r, csv, STATUS_SENT);
    entry_removed(r);
}

static void on_bounced(struct entry *r, const struct csv *csv)
{
    entry_queued(r);
    attempt(r, csv, is_expired(csv) ? STATUS_EXPIRED : STATUS_BOUNCED);
    entry_removed(r);
}

static void on_transient(struct entry *r, const struct csv *csv)
{
    entry_queued(r);
    attempt(r, csv, STATUS_DEFERRED);
}

static void on_received(struct entry *r, const struct csv *csv)
{
    str source = csv_get(csv, "srcMta"), host;

    if (csv_get(csv, "timeQueued").n == 0)
        return; /* nothing to tie it to its deliveries */
    struct log_event *e = entry_event(r, LOG_ACCEPTED);
    if (str_take_until_text(&source, STR(" ("), &host)) {
        e->client_host = host;
        e->client_ip = str_to(source, str_find_char(source, ')'));
    } else {
        e->client_ip = source;
    }
    e->local_client = e->client_ip.n == 0;
    entry_queued(r);
}

static void on_remote_bounce(struct entry *r, const struct csv *csv)
{
    const str action = csv_get(csv, "dsnAction");

    if (action.n == 0 || str_eq_nocase(action, STR("failed")))
        told(r, csv, LOG_RETURNED);
}

static void on_feedback(struct entry *r, const struct csv *csv)
{
    struct log_event *e = told(r, csv, LOG_RETURNED);

    e->feedback_type = csv_get(csv, "feedbackType");
    if (e->feedback_type.n == 0)
        e->feedback_type = STR("abuse");
}

static const struct {
    const char *type;
    void (*read)(struct entry *r, const struct csv *csv); /* NULL: of a queue, not of a recipient */
} types[] = {
    {"d", on_delivered}, {"b", on_bounced},        {"t", on_transient},     {"tq", NULL},
    {"r", on_received},  {"rb", on_remote_bounce}, {"rs", on_remote_bounce}, {"f", on_feedback},
};

static int64_t size_of(str text)
{
    uint64_t n;

    return str_take_u64(&text, &n) && n <= INT64_MAX ? (int64_t)n : -1;
}

static void read_common(struct entry *r, const struct csv *csv)
{
    const str parts[] = {csv_get(csv, "timeQueued"), csv_get(csv, "orig"), csv_get(csv, "rcpt")};
    uint64_t key = 0;
    int64_t at_us;

    if (cell_time(csv_get(csv, "timeLogged"), &at_us)) {
        r->line.at_us = at_us;
        r->line.quality = TIME_EXACT;
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        key = hash64_more(key, parts[i]);
    r->queue_id = arena_printf(r->sink->arena, "%016llX", (unsigned long long)key);
    r->sender = entry_address(parts[1]);
    r->has_sender = csv_has(csv, "orig");
    r->message_id = csv_get(csv, "header_Message-Id");
    r->stream = csv_get(csv, "jobId");
    r->size_bytes = size_of(csv_get(csv, "dlvSize"));
}

int powermta_recognise(const struct log_line *line)
{
    str text = line->message, cell;
    bool type = false, ours = false;

    str_take(&text, STR("\xEF\xBB\xBF"));
    while (str_take_field(&text, ',', &cell)) {
        cell = str_trim(cell);
        if (cell.n > 1 && cell.p[0] == '"' && cell.p[cell.n - 1] == '"')
            cell = (str){cell.p + 1, cell.n - 2};
        type |= str_eq_nocase(cell, STR("type"));
        ours |= str_eq_nocase(cell, STR("timeLogged")) || str_eq_nocase(cell, STR("dsnStatus"));
    }
    return type && ours ? 100 : 0;
}

static bool has_cell(const struct csv *csv, const char *name)
{
    for (size_t i = 0; i < csv->count; i++)
        if (str_eq_nocase(csv->field[i], str_of(name)))
            return true;
    return false;
}

/* Columns stand in any order. Asked only of a row whose type is none. */
static bool is_header(const struct csv *csv)
{
    return has_cell(csv, "type") && (has_cell(csv, "timeLogged") || has_cell(csv, "dsnStatus"));
}

enum line_result powermta_parse(void *state, const struct log_line *line, struct log_sink *sink)
{
    struct csv *csv = state;
    struct entry r = {.sink = sink, .line = *line, .recipients = -1};
    str text = line->message;

    str_take(&text, STR("\xEF\xBB\xBF"));
    if (text.n == 0 && !csv->open)
        return LINE_KNOWN;
    const enum csv_result result = csv_read(csv, text, sink->arena);
    if (result != CSV_ROW)
        return result == CSV_PART ? LINE_KNOWN : LINE_UNREAD;
    const str type = csv_get(csv, "type");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!str_eq(type, str_of(types[i].type)))
            continue;
        read_common(&r, csv);
        if (types[i].read)
            types[i].read(&r, csv);
        return sink->count > 0 ? LINE_EVENT : LINE_KNOWN;
    }
    if (!is_header(csv))
        return LINE_UNREAD;
    csv_name_columns(csv);
    return LINE_KNOWN;
}

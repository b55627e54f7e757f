/*
 * qmail - qmail-send's log, by multilog (tai64n stamps) or splogger (syslog).
 *
 * A message is its inode number, a delivery a number of this run of qmail-send: which message and which
 * recipient a delivery belongs to is kept between "starting delivery" and its report. Numbers are used
 * again soon: "new msg" begins a new life.
 *
 * Source  qmail 1.03 qmail-send.c, qmail-log(5); tai64n(8).
 */
#include <stdlib.h>

#include "base/clock.h"
#include "logs/kept.h"
#include "logs/parsers.h"
#include "logs/replies.h"

enum { RECIPIENT_BYTES = 320, DELIVERIES_MAX = 4096, PACKED_VERSION = 1 };

struct delivery {
    uint64_t message;
    bool remote;
    uint16_t n;
    char recipient[RECIPIENT_BYTES];
};

/* The state: deliveries by number, at most as many as qmail-send runs at once. */
void *qmail_state_new(void)
{
    return kept_new(sizeof(struct delivery), DELIVERIES_MAX, NULL);
}

void qmail_state_free(void *state)
{
    kept_free(state);
}

static void pack_one(struct buf *out, const void *value)
{
    const struct delivery *d = value;

    kept_add_number(out, d->message);
    kept_add_number(out, d->remote);
    kept_add_text(out, (str){d->recipient, d->n});
}

static void set_recipient(struct delivery *d, str recipient)
{
    d->n = (uint16_t)(recipient.n < RECIPIENT_BYTES ? recipient.n : RECIPIENT_BYTES);
    memcpy(d->recipient, recipient.p, d->n);
}

static bool unpack_one(str *in, void *value)
{
    struct delivery *d = value;
    uint64_t remote;
    str recipient;

    if (!kept_take_number(in, &d->message) || !kept_take_number(in, &remote) || !kept_take_text(in, &recipient))
        return false;
    d->remote = remote;
    set_recipient(d, recipient);
    return true;
}

void qmail_pack(const void *state, struct buf *out)
{
    kept_pack(state, PACKED_VERSION, pack_one, out);
}

void qmail_unpack(void *state, str packed)
{
    kept_unpack(state, PACKED_VERSION, unpack_one, packed);
}

/* ---- the stamp: "@400000004a1b2c3d12345678", 2^62 + TAI seconds, then nanoseconds */

static bool take_hex(str *in, size_t digits, uint64_t *out)
{
    *out = 0;
    if (in->n < digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        const char c = str_lower_char(in->p[i]);
        if (!str_is_digit(c) && (c < 'a' || c > 'f'))
            return false;
        *out = *out * 16 + (uint64_t)(str_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    *in = str_from(*in, digits);
    return true;
}

/* multilog counts ten seconds more than Unix time, whatever leap seconds came since. */
static bool take_tai64n(str *in, int64_t *at_us)
{
    const uint64_t base = (UINT64_C(1) << 62) + 10;
    uint64_t seconds, nano;
    str rest = *in;

    if (!str_take_char(&rest, '@') || !take_hex(&rest, 16, &seconds) || !take_hex(&rest, 8, &nano) || seconds < base ||
        seconds - base > 100000000000 || nano > 999999999)
        return false;
    *at_us = (int64_t)(seconds - base) * CLOCK_SECOND + (int64_t)(nano / 1000);
    str_take_char(&rest, ' ');
    *in = rest;
    return true;
}

/* splogger writes its own: "1157520813.485077". */
static bool take_unix(str *in, int64_t *at_us)
{
    str rest = *in;
    uint64_t s, us;

    if (!str_take_u64(&rest, &s) || s < 100000000 || s > 99999999999 || !str_take_char(&rest, '.') ||
        !str_take_u64(&rest, &us) || us > 999999 || !str_take_char(&rest, ' '))
        return false;
    *at_us = (int64_t)s * CLOCK_SECOND + (int64_t)us;
    *in = rest;
    return true;
}

static bool take_stamp(str *text, struct log_line *line)
{
    if (!take_tai64n(text, &line->at_us) && !take_unix(text, &line->at_us))
        return false;
    line->quality = TIME_EXACT;
    return true;
}

/* ---- reports */

/* "_" stands for a blank, "/" for the end of a line; what cannot be told apart stays. */
static str plain(str report, struct arena *arena)
{
    str text = arena_str(arena, report);
    char *p = (char *)text.p;

    for (size_t i = 0; i < text.n; i++)
        if (p[i] == '_')
            p[i] = ' ';
    if (text.n > 0 && p[text.n - 1] == '/')
        text.n--;
    return text;
}

static size_t address_length(str text)
{
    size_t n = 0, dots = 0, colons = 0;

    for (; n < text.n; n++) {
        const char c = text.p[n];
        if (!str_is_digit(c) && c != '.' && c != ':' && (c < 'a' || c > 'f'))
            break;
        dots += c == '.';
        colons += c == ':';
    }
    if (n > 0 && text.p[n - 1] == '.') { /* the end of a sentence */
        n--;
        dots--;
    }
    return (dots == 3 && n >= 7) || (colons >= 2 && dots == 0) ? n : 0;
}

/* The first word that is an address, in front of the words of others: patched versions put their own in front of it. */
static str address_in(str own)
{
    for (size_t i = 0; i < own.n; i++) {
        if (i > 0 && own.p[i - 1] != ' ' && own.p[i - 1] != '/' && own.p[i - 1] != '[')
            continue;
        const str word = str_from(own, i);
        const size_t n = address_length(word);
        if (n > 0)
            return str_to(word, n);
    }
    return str_to(own, 0);
}

/* "Sorry, no mailbox here by that name. (#5.1.1)": the code that our own text ends with. */
static void read_own_code(struct log_event *e, str own)
{
    size_t at = str_rfind_char(own, '#');

    if (at == STR_NONE || at == 0 || own.p[at - 1] != '(')
        return;
    str code = str_from(own, at + 1);
    esc_take(&code, &e->enhanced_status);
}

/* "192.0.2.25 accepted message./Remote host said: 250 ok": who answered and what. */
static void read_report(struct log_event *e, str report, struct arena *arena)
{
    const str text = plain(report, arena), said = STR("Remote host said: ");

    e->reply = text;
    const size_t at = str_find(text, said);
    e->remote_ip = address_in(str_to(text, at));
    if (at == STR_NONE) {
        if (e->status != STATUS_SENT)
            read_own_code(e, text);
        return;
    }
    str reply = str_from(text, at + said.n);
    const size_t end = str_find(reply, STR("/Giving up on "));
    reply = str_to(reply, end);
    e->next_queue_id = e->status == STATUS_SENT ? reply_queue_id(reply) : str_to(reply, 0);
    if (logged_code(reply)) {
        reply = str_from(reply, 4);
        esc_take(&reply, &e->enhanced_status);
    }
}

static const struct {
    const char *text;
    enum phase phase;
} phases[] = { /* qmail-remote.c */
    {"does not like recipient.", PHASE_RCPT},
    {"does not like sender.", PHASE_MAIL},
    {"but greeting failed.", PHASE_CONNECT},
    {"but my name was rejected.", PHASE_HELO},
    {"but sender was rejected.", PHASE_MAIL},
    {"failed on DATA command.", PHASE_DATA},
    {"failed after I sent the message.", PHASE_BODY},
    {"but connection died.", PHASE_NONE},
    {"Sorry, I wasn't able to establish an SMTP connection", PHASE_CONNECT},
    {"Sorry, I couldn't find", PHASE_CONNECT},
    {"CNAME lookup failed", PHASE_CONNECT},
    {"This message has been in the queue too long", PHASE_QUEUE},
};

static enum phase phase_of(str reply)
{
    const str own = str_to(reply, str_find(reply, STR("Remote host said: "))); /* in front of the words of others */

    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++)
        if (str_find(own, str_of(phases[i].text)) != STR_NONE)
            return phases[i].phase;
    return PHASE_NONE;
}

/* A virtual domain's mail is local "DOMAIN-user@DOMAIN" (virtualdomains, as vpopmail writes it): the user is meant. */
static str without_prefix(str address)
{
    const size_t at = str_rfind_char(address, '@');

    if (at == STR_NONE)
        return address;
    const str local = str_to(address, at), domain = str_from(address, at + 1);
    if (domain.n == 0 || local.n < domain.n + 2 || local.p[domain.n] != '-' ||
        !str_eq_nocase(str_to(local, domain.n), domain))
        return address;
    return str_from(address, domain.n + 1);
}

static str number_text(uint64_t n, struct arena *arena)
{
    return arena_printf(arena, "%llu", (unsigned long long)n);
}

/* qmail-send puts its last word behind a deferral's own when it gives up. */
static bool is_expired(str report)
{
    return str_ends(report, STR("been_in_the_queue_too_long./"));
}

static enum line_result report_line(struct kept *deliveries, const struct log_line *line, uint64_t number,
                                    enum log_status status, str report, struct log_sink *sink)
{
    const struct delivery *d = kept_find(deliveries, number);

    if (!d)
        return LINE_KNOWN; /* it began before this log */
    struct log_event *e = log_sink_add(sink, line, LOG_ATTEMPT);
    e->queue_id = number_text(d->message, sink->arena);
    const str recipient = arena_str(sink->arena, (str){d->recipient, d->n});
    e->recipient = d->remote ? recipient : without_prefix(recipient);
    e->transport = d->remote ? TRANSPORT_REMOTE : TRANSPORT_LOCAL;
    e->status = status == STATUS_BOUNCED && is_expired(report) ? STATUS_EXPIRED : status;
    read_report(e, report, sink->arena);
    if (status != STATUS_SENT)
        e->phase = d->remote ? phase_of(e->reply) : PHASE_QUEUE;
    if (!d->remote)
        e->remote_ip.n = 0;
    kept_drop(deliveries, number);
    return LINE_EVENT;
}

/* ---- the lines of qmail-send */

static bool take_message(str *in, uint64_t *message)
{
    return str_take_u64(in, message) && (in->n == 0 || in->p[0] == ' ' || in->p[0] == ':');
}

/* Behind "starting delivery ": "77: msg 12345 to remote r@d". Local addresses carry the user in front, "user-a@b". */
static enum line_result starting(struct kept *deliveries, str text)
{
    uint64_t number, message;

    if (!str_take_u64(&text, &number) || !str_take(&text, STR(": msg ")) || !str_take_u64(&text, &message) ||
        !str_take(&text, STR(" to ")))
        return LINE_UNREAD;
    const bool remote = str_take(&text, STR("remote "));
    if (!remote && !str_take(&text, STR("local ")))
        return LINE_UNREAD;
    struct delivery *d = kept_put(deliveries, number);
    d->message = message;
    d->remote = remote;
    set_recipient(d, text);
    return LINE_KNOWN;
}

/* Behind "delivery ": "77: success: ..." */
static enum line_result finished(struct kept *deliveries, const struct log_line *line, str text, struct log_sink *sink)
{
    uint64_t number;

    if (!str_take_u64(&text, &number) || !str_take(&text, STR(": ")))
        return LINE_UNREAD;
    if (str_take(&text, STR("success: ")))
        return report_line(deliveries, line, number, STATUS_SENT, text, sink);
    if (str_take(&text, STR("deferral: ")))
        return report_line(deliveries, line, number, STATUS_DEFERRED, text, sink);
    if (str_take(&text, STR("failure: ")))
        return report_line(deliveries, line, number, STATUS_BOUNCED, text, sink);
    return str_starts(text, STR("report mangled")) ? LINE_KNOWN : LINE_UNREAD;
}

/* Behind "info msg ": "12345: bytes 2345 from <a@b> qp 7654 uid 89" */
static enum line_result info(const struct log_line *line, str text, struct log_sink *sink)
{
    uint64_t message, bytes;

    if (!take_message(&text, &message) || !str_take(&text, STR(": bytes ")) || !str_take_u64(&text, &bytes) ||
        !str_take(&text, STR(" from <")))
        return LINE_UNREAD;
    const size_t end = str_rfind_char(text, '>');
    if (end == STR_NONE)
        return LINE_UNREAD;
    struct log_event *e = log_sink_add(sink, line, LOG_QUEUED);
    e->queue_id = number_text(message, sink->arena);
    e->has_sender = true;
    e->envelope_sender = str_to(text, end);
    e->size_bytes = bytes <= INT64_MAX ? (int64_t)bytes : -1;
    return LINE_EVENT;
}

static enum line_result message_event(const struct log_line *line, str text, enum log_kind kind, struct log_sink *sink)
{
    uint64_t message;

    if (!take_message(&text, &message))
        return LINE_UNREAD;
    log_sink_add(sink, line, kind)->queue_id = number_text(message, sink->arena);
    return LINE_EVENT;
}

static bool is_qmail_line(str text)
{
    static const char *const heads[] = {"new msg ", "info msg ", "starting delivery ", "delivery ", "end msg ",
                                        "bounce msg ", "status: local ", "triple bounce: "};

    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (str_starts(text, str_of(heads[i])))
            return true;
    return false;
}

static bool is_qmail_program(str program)
{
    return str_eq(program, STR("qmail")) || str_eq(program, STR("qmail-send"));
}

int qmail_recognise(const struct log_line *line)
{
    str text = line->message;
    struct log_line own = *line;

    if (line->program.n > 0 && !is_qmail_program(line->program))
        return 0;
    take_stamp(&text, &own);
    return own.at_us != CLOCK_NONE && is_qmail_line(text) ? 100 : 0;
}

enum line_result qmail_parse(void *state, const struct log_line *line, struct log_sink *sink)
{
    struct log_line own = *line;
    str text = line->message;

    if (line->program.n > 0 && !is_qmail_program(line->program))
        return log_line_of_other(line); /* another program of this syslog */
    const bool stamped = take_stamp(&text, &own) || line->at_us != CLOCK_NONE;
    if (!stamped)
        return text.n == 0 ? LINE_KNOWN : LINE_UNREAD;
    sink->at_us = own.at_us;
    if (str_take(&text, STR("new msg ")))
        return message_event(&own, text, LOG_ACCEPTED, sink);
    if (str_take(&text, STR("info msg ")))
        return info(&own, text, sink);
    if (str_take(&text, STR("starting delivery ")))
        return starting(state, text);
    if (str_take(&text, STR("delivery ")))
        return finished(state, &own, text, sink);
    if (str_take(&text, STR("end msg ")))
        return message_event(&own, text, LOG_REMOVED, sink);
    return LINE_KNOWN;
}

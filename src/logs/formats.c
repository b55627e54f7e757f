#include "logs/formats.h"

#include "logs/entry.h"
#include "logs/envelope.h"
#include "logs/parsers.h"

#define PARSER(name) name##_recognise, name##_parse
#define OWN_STATE(name) name##_state_new, name##_state_free
#define JSON_STATE entry_state_new, entry_state_free
#define NO_STATE NULL, NULL
const struct log_format log_formats[] = {
    {"postfix",   "Postfix deliveries and bounces",  PARSER(postfix),    NO_STATE,             false},
    {"exim",      "Exim main log",                   PARSER(exim),       OWN_STATE(exim),      false},
    {"sendmail",  "Sendmail, sm-mta, Proofpoint",    PARSER(sendmail),   OWN_STATE(sendmail),  false},
    {"kumomta",   "KumoMTA records (JSON lines)",    PARSER(kumomta),    JSON_STATE,           false},
    {"powermta",  "PowerMTA accounting (CSV)",       PARSER(powermta),   OWN_STATE(powermta),  true},
    {"ses",       "Amazon SES events (JSON lines)",  PARSER(ses),        JSON_STATE,           false},
    {"sendgrid",  "SendGrid events (JSON lines)",    PARSER(sendgrid),   JSON_STATE,           false},
    {"mailgun",   "Mailgun events (JSON lines)",     PARSER(mailgun),    JSON_STATE,           false},
    {"postmark",  "Postmark webhooks (JSON lines)",  PARSER(postmark),   JSON_STATE,           false},
    {"sparkpost", "SparkPost events (JSON lines)",   PARSER(sparkpost),  JSON_STATE,           false},
    {"postal",    "Postal webhooks (JSON lines)",    PARSER(postal),     JSON_STATE,           false},
    {"opensmtpd", "OpenSMTPD",                       PARSER(opensmtpd),  OWN_STATE(opensmtpd), false},
    {"qmail",     "qmail-send (multilog, splogger)", PARSER(qmail),      OWN_STATE(qmail),     false},
    {"haraka",    "Haraka (plain, logfmt, JSON)",    PARSER(haraka),     OWN_STATE(haraka),    false},
    {"exchange",  "Exchange message tracking (CSV)", PARSER(exchange),   OWN_STATE(exchange),  true},
};
const size_t log_format_count = sizeof log_formats / sizeof *log_formats;

enum { CERTAIN = 100, ENOUGH = 50 }; /* of one line; of all lines of a sample together */

static void grow(struct log_sink *sink)
{
    struct log_event *more = arena_alloc(sink->arena, sink->room * 2 * sizeof *more);

    memcpy(more, sink->events, sink->count * sizeof *more);
    sink->events = more;
    sink->room *= 2;
}

struct log_event *log_sink_add(struct log_sink *sink, const struct log_line *line, enum log_kind kind)
{
    if (sink->count == sink->room)
        grow(sink);
    struct log_event *e = &sink->events[sink->count++];
    log_event_clear(e);
    e->kind = kind;
    e->at_us = line->at_us;
    e->host = line->host;
    e->pid = line->pid;
    return e;
}

enum line_result log_line_of_other(const struct log_line *line)
{
    for (size_t i = 0; i < log_format_count; i++)
        if (!log_formats[i].whole_line && log_formats[i].recognise(line) >= CERTAIN)
            return LINE_UNREAD;
    return LINE_KNOWN;
}

const struct log_format *log_format_named(str name)
{
    for (size_t i = 0; i < log_format_count; i++)
        if (str_eq_nocase(name, str_of(log_formats[i].name)))
            return &log_formats[i];
    return NULL;
}

/* What a format makes of all lines together. */
static int score(const struct log_format *format, const str *lines, size_t count)
{
    struct envelope *envelope = envelope_new(NULL);
    struct log_line line;
    int sum = 0;

    for (size_t i = 0; i < count; i++) {
        if (format->whole_line)
            line = (struct log_line){.at_us = CLOCK_NONE, .message = lines[i]};
        else if (envelope_peel(envelope, lines[i], &line) > ENVELOPE_LINE)
            continue;
        sum += format->recognise(&line);
    }
    envelope_free(envelope);
    return sum;
}

const struct log_format *log_format_detect(const str *lines, size_t count, const struct log_format *preferred)
{
    const struct log_format *best = NULL;
    int most = ENOUGH - 1;

    if (preferred)
        return preferred;
    for (size_t i = 0; i < log_format_count; i++) {
        const int sum = score(&log_formats[i], lines, count);
        if (sum > most) {
            best = &log_formats[i];
            most = sum;
        }
    }
    return best;
}

static void parse_for_nothing(const struct log_format *format, void *state, const struct log_line *line,
                              struct arena *arena)
{
    struct log_event events[4];
    struct log_sink sink = {events, sizeof events / sizeof *events, 0, arena};

    format->parse(state, line, &sink);
    arena_reset(arena);
}

void log_format_remember(const struct log_format *format, void *state, str lines)
{
    struct envelope *envelope = envelope_new(NULL);
    struct arena *arena = arena_new();
    str text;

    while (state && str_take_line(&lines, &text)) {
        struct log_line line = {.at_us = CLOCK_NONE, .message = text};
        if (format->whole_line || envelope_peel(envelope, text, &line) <= ENVELOPE_LINE)
            parse_for_nothing(format, state, &line, arena);
    }
    arena_free(arena);
    envelope_free(envelope);
}

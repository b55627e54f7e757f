#include "logs/formats.h"

#include "logs/entry.h"
#include "logs/envelope.h"
#include "logs/parsers.h"

#define PARSER(name) name##_recognise, name##_parse
#define NODE_STATE(name) name##_state_new, name##_state_free, name##_pack, name##_unpack
#define HEAD_STATE(name) name##_state_new, name##_state_free, NULL, NULL
#define JSON_STATE entry_state_new, entry_state_free, NULL, NULL
#define NO_STATE NULL, NULL, NULL, NULL
const struct log_format log_formats[] = {
    {"postfix",   "Postfix deliveries and bounces", PARSER(postfix),    NO_STATE,              false, false},
    {"exim",      "Exim main log",                  PARSER(exim),       NODE_STATE(exim),      false, false},
    {"sendmail",  "Sendmail, sm-mta, Proofpoint",   PARSER(sendmail),   NODE_STATE(sendmail),  false, false},
    {"kumomta",   "KumoMTA records (JSON lines)",   PARSER(kumomta),    JSON_STATE,            false, false},
    {"powermta",  "PowerMTA accounting (CSV)",      PARSER(powermta),   HEAD_STATE(powermta),  true,  false},
    {"ses",       "Amazon SES events (JSON lines)", PARSER(ses),        JSON_STATE,            false, false},
    {"sendgrid",  "SendGrid events (JSON lines)",   PARSER(sendgrid),   NODE_STATE(entry),     false, true},
    {"mailgun",   "Mailgun events (JSON lines)",    PARSER(mailgun),    NODE_STATE(entry),     false, true},
    {"postmark",  "Postmark webhooks (JSON lines)", PARSER(postmark),   NODE_STATE(entry),     false, true},
    {"sparkpost", "SparkPost events (JSON lines)",  PARSER(sparkpost),  JSON_STATE,            false, false},
    {"postal",    "Postal webhooks (JSON lines)",   PARSER(postal),     JSON_STATE,            false, false},
    {"opensmtpd", "OpenSMTPD",                      PARSER(opensmtpd),  NODE_STATE(opensmtpd), false, false},
    {"qmail",     "qmail-send (multilog, splogger)", PARSER(qmail),      NODE_STATE(qmail),     false, false},
    {"haraka",    "Haraka (plain, logfmt, JSON)",   PARSER(haraka),     NODE_STATE(haraka),    false, false},
    {"exchange",  "Exchange message tracking (CSV)", PARSER(exchange),   HEAD_STATE(exchange),  true,  false},
};
const size_t log_format_count = sizeof log_formats / sizeof *log_formats;

enum { COMMENTS_MOST = 8, CERTAIN = 100, ENOUGH = 50 }; /* of one line; of all lines of a sample together */

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
    sink->at_us = line->at_us;
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

/* Answers the time that the line tells. */
static int64_t parse_for_nothing(const struct log_format *format, void *state, const struct log_line *line,
                                 struct arena *arena)
{
    struct log_event events[4];
    struct log_sink sink = {.events = events, .room = sizeof events / sizeof *events, .arena = arena};

    format->parse(state, line, &sink);
    arena_reset(arena);
    return line->at_us != CLOCK_NONE ? line->at_us : sink.at_us ? sink.at_us : CLOCK_NONE;
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

static const struct log_format *format_of_columns(str text)
{
    const struct log_line line = {.at_us = CLOCK_NONE, .message = text};

    for (size_t i = 0; i < log_format_count; i++)
        if (log_formats[i].whole_line && log_formats[i].recognise(&line) >= ENOUGH)
            return &log_formats[i];
    return NULL;
}

/* The format, when these lines begin with names of columns: the first one, or one of the comments in front. */
static const struct log_format *begins_with_columns(str head)
{
    const struct log_format *format = NULL;
    bool comment = true;
    str text;

    for (int n = 0; n < COMMENTS_MOST && !format && comment && str_take_line(&head, &text); n++) {
        format = format_of_columns(text);
        comment = text.n > 0 && (text.p[0] == '#' || str_starts(text, STR("\xEF\xBB\xBF#")));
    }
    return format;
}

bool log_format_own_head(str head, size_t *length)
{
    str rest = head, text;

    *length = STR_NONE;
    const struct log_format *format = begins_with_columns(head);
    if (!format)
        return true;
    struct arena *arena = arena_new();
    void *state = format->state_new();
    bool own = false;
    while (!own && str_find_char(rest, '\n') != STR_NONE && str_take_line(&rest, &text)) {
        const struct log_line line = {.at_us = CLOCK_NONE, .message = text};
        struct log_event event;
        struct log_sink sink = {.events = &event, .room = 1, .arena = arena};
        own = format->parse(state, &line, &sink) != LINE_KNOWN;
    }
    *length = (size_t)(rest.p - head.p);
    format->state_free(state);
    arena_free(arena);
    return own;
}

int64_t log_format_first_time(const struct log_format *format, str lines)
{
    struct envelope *envelope = envelope_new(NULL);
    struct arena *arena = arena_new();
    void *state = format->state_new ? format->state_new() : NULL;
    int64_t at_us = CLOCK_NONE;
    str text;

    while (at_us == CLOCK_NONE && str_find_char(lines, '\n') != STR_NONE && str_take_line(&lines, &text)) {
        struct log_line line = {.at_us = CLOCK_NONE, .message = text};
        if (format->whole_line || envelope_peel(envelope, text, &line) <= ENVELOPE_LINE)
            at_us = parse_for_nothing(format, state, &line, arena);
    }
    if (format->state_free)
        format->state_free(state);
    arena_free(arena);
    envelope_free(envelope);
    return at_us;
}

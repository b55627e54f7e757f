#include "logs/formats.h"

#include "logs/entry.h"
#include "logs/envelope.h"
#include "logs/parsers.h"

const struct log_format log_formats[] = {
    {"postfix", "Postfix deliveries and bounces", postfix_recognise, postfix_parse, NULL, NULL, false},
    {"exim", "Exim main log", exim_recognise, exim_parse, exim_state_new, exim_state_free, false},
    {"sendmail", "Sendmail, sm-mta, Proofpoint", sendmail_recognise, sendmail_parse, sendmail_state_new,
     sendmail_state_free, false},
    {"kumomta", "KumoMTA records (JSON lines)", kumomta_recognise, kumomta_parse, entry_state_new, entry_state_free,
     false},
    {"powermta", "PowerMTA accounting (CSV)", powermta_recognise, powermta_parse, powermta_state_new,
     powermta_state_free, true},
    {"ses", "Amazon SES events (JSON lines)", ses_recognise, ses_parse, entry_state_new, entry_state_free, false},
    {"sendgrid", "SendGrid events (JSON lines)", sendgrid_recognise, sendgrid_parse, entry_state_new, entry_state_free, false},
    {"mailgun", "Mailgun events (JSON lines)", mailgun_recognise, mailgun_parse, entry_state_new, entry_state_free, false},
    {"postmark", "Postmark webhooks (JSON lines)", postmark_recognise, postmark_parse, entry_state_new, entry_state_free, false},
    {"sparkpost", "SparkPost events (JSON lines)", sparkpost_recognise, sparkpost_parse, entry_state_new, entry_state_free, false},
    {"postal", "Postal webhooks (JSON lines)", postal_recognise, postal_parse, entry_state_new, entry_state_free, false},
    {"opensmtpd", "OpenSMTPD", opensmtpd_recognise, opensmtpd_parse, opensmtpd_state_new, opensmtpd_state_free, false},
    {"qmail", "qmail-send (multilog, splogger)", qmail_recognise, qmail_parse, qmail_state_new, qmail_state_free, false},
    {"haraka", "Haraka (plain, logfmt, JSON)", haraka_recognise, haraka_parse, haraka_state_new, haraka_state_free, false},
    {"exchange", "Exchange message tracking (CSV)", exchange_recognise, exchange_parse, exchange_state_new, exchange_state_free, true},
};
const size_t log_format_count = sizeof log_formats / sizeof *log_formats;

enum { CERTAIN = 50 }; /* of 100: what the lines of a format must reach together */

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
    int most = CERTAIN - 1;

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

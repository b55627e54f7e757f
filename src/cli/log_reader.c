#include "cli/log_reader.h"

#include <stdlib.h>

#include "base/stop.h"
#include "logs/envelope.h"

enum { SAMPLE_LINES = 100, EVENTS_A_LINE = 16, TAIL_BYTES = 64 * 1024 };

struct reading {
    struct envelope *envelope;
    const struct log_format *format;
    void *state;
    struct arena *arena;
    const struct log_reader_options *options;
    const struct log_reader_sink *sink;
    struct log_reader_counts *counts;
};

/* ---------------------------------------------------------------- what the input is */

/* Whole lines from the front of text; the last one may be cut off by the end of the sample. */
static size_t sample_of(str text, str *out, size_t room)
{
    size_t n = 0;
    str line;

    while (n < room && str_find_char(text, '\n') != STR_NONE && str_take_line(&text, &line))
        out[n++] = line;
    if (n == 0 && text.n > 0)
        out[n++] = text;
    return n;
}

static const struct log_format *find_format(const struct log_reader_options *options, str head)
{
    str *lines = mem_zero(SAMPLE_LINES, sizeof *lines);
    const size_t count = sample_of(head, lines, SAMPLE_LINES);
    const struct log_format *format = log_format_detect(lines, count, options->format);

    free(lines);
    return format;
}

static str first_yearless(str text)
{
    int month, day;
    str line;

    while (str_take_line(&text, &line))
        if (envelope_yearless(line, &month, &day))
            return line;
    return (str){"", 0};
}

static str last_yearless(str text)
{
    str line, last = {"", 0};
    int month, day;

    while (str_take_line(&text, &line))
        if (envelope_yearless(line, &month, &day))
            last = line;
    return last;
}

/* The last line with a stamp. A pipe that has no more at hand than the head ends there, or now: it is not waited for.
 */
static bool find_last(struct input *in, str head, struct arena *arena, str *last, struct err *err)
{
    char *tail;
    size_t got = 0;

    if (!input_is_file(in) && head.n < INPUT_PEEK_BYTES) {
        *last = arena_str(arena, last_yearless(head));
        return true;
    }
    if (!input_is_file(in) && !input_spool(in, err))
        return false;
    tail = arena_alloc(arena, TAIL_BYTES);
    if (!input_tail(in, tail, TAIL_BYTES, &got, err))
        return false;
    *last = last_yearless((str){tail, got});
    return true;
}

static bool find_year(struct reading *reading, struct input *in, str head, struct err *err)
{
    struct arena *arena = arena_new();
    const str first = arena_str(arena, first_yearless(head)); /* the peek does not survive the look at the end */
    int month, day, year = reading->options->year;
    bool ok = true;
    str last;

    if (envelope_yearless(first, &month, &day)) {
        if (!year) {
            ok = find_last(in, head, arena, &last, err);
            year = ok ? envelope_first_year(first, last, clock_now_us()) : 0;
        }
        envelope_set_year(reading->envelope, year, month);
    }
    arena_free(arena);
    return ok;
}

/* ---------------------------------------------------------------- its lines */

static bool tell_events(const struct reading *reading, const struct line *line, struct log_sink *sink)
{
    for (size_t i = 0; i < sink->count; i++) {
        struct log_event *event = &sink->events[i];

        if (event->host.n == 0)
            event->host = reading->options->node ? str_of(reading->options->node) : STR("local");
        if (!reading->sink->event(reading->sink->self, reading->format, line, event))
            return false;
    }
    return true;
}

static enum line_result parse_line(struct reading *reading, const struct line *line, struct log_sink *sink)
{
    struct log_line peeled = {.at_us = CLOCK_NONE, .message = line->text};

    if (!reading->format->whole_line && envelope_peel(reading->envelope, line->text, &peeled) > ENVELOPE_LINE)
        return LINE_KNOWN;
    return reading->format->parse(reading->state, &peeled, sink);
}

static bool read_line(struct reading *reading, const struct line *line)
{
    struct log_event events[EVENTS_A_LINE];
    struct log_sink sink = {.events = events, .room = EVENTS_A_LINE, .arena = reading->arena};

    arena_reset(reading->arena);
    reading->counts->lines++;
    reading->counts->oversized += line->oversized;
    switch (parse_line(reading, line, &sink)) {
    case LINE_EVENT:
        reading->counts->events += sink.count;
        return tell_events(reading, line, &sink);
    case LINE_KNOWN:
        reading->counts->known++;
        return true;
    case LINE_UNREAD:
        break;
    }
    reading->counts->unread++;
    if (reading->sink->unread)
        reading->sink->unread(reading->sink->self, line);
    return true;
}

static bool read_lines(struct reading *reading, struct input *in, struct err *err)
{
    struct lines *lines = lines_new();
    struct line line;
    bool on = true;
    ssize_t got = 0;

    err->kind = ERR_NONE;
    lines_start(lines, in, NULL);
    while (on && (got = lines_next(lines, &line, 1, err)) > 0)
        on = read_line(reading, &line) && stop_check(err);
    if (on && got == 0 && lines_rest(lines, &line))
        on = read_line(reading, &line);
    lines_free(lines);
    return on && got == 0;
}

bool log_reader_read(struct input *in, const struct log_reader_options *options, const struct log_reader_sink *sink,
                     struct log_reader_counts *counts, struct err *err)
{
    struct reading reading = {.options = options, .sink = sink, .counts = counts};
    const str head = input_peek(in, INPUT_PEEK_BYTES, err);

    *counts = (struct log_reader_counts){0};
    reading.format = find_format(options, head);
    if (!reading.format)
        return err_set(err, ERR_INPUT, "no log format that is known (see rebound formats)");
    counts->format = reading.format->name;
    reading.envelope = envelope_new(options->zone);
    reading.arena = arena_new();
    if (reading.format->state_new)
        reading.state = reading.format->state_new();
    const bool ok = find_year(&reading, in, head, err) && read_lines(&reading, in, err);
    if (reading.format->state_free)
        reading.format->state_free(reading.state);
    arena_free(reading.arena);
    envelope_free(reading.envelope);
    return ok;
}

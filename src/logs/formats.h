/*
 * formats - the table of log formats: one row, one file each.
 *
 * A format recognises itself from sample lines and turns a line into events. The
 * envelope (syslog, journald, docker ...) is peeled first (logs/envelope.h), so a
 * parser sees time, host, program, pid and message.
 *
 * Answers of a parser: LINE_EVENT one or more events were put into the sink; LINE_KNOWN a
 * good line that says nothing about a delivery; LINE_UNREAD it would not read, and the sink
 * is as it was. Lines of other programs in a relay's syslog (sshd, cron, dovecot) are
 * LINE_KNOWN: they are not of this relay. Lines that another format of this table is sure
 * of are LINE_UNREAD: two kinds of relays in one file do not lose one of them silently.
 *
 * Ownership  events are views of the line, of the sink's arena, or of the format's state until
 *            its next line. A sink is set up anew for each line, events and room included: a line
 *            with more events than room has them moved into the arena.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "model/log_event.h"

enum line_result { LINE_UNREAD = 0, LINE_KNOWN, LINE_EVENT };

/* A line without its envelope. */
struct log_line {
    int64_t at_us;
    enum log_quality quality;
    str host;
    str program; /* "postfix/smtp", "exim", ...; "" when the format has none */
    uint32_t pid;
    str message;
};

struct log_sink { /* where a parser puts what a line says */
    struct log_event *events;
    size_t room;  /* at least 1; 4 are enough for nearly all lines */
    size_t count; /* 0 at first */
    struct arena *arena; /* for text that is no view of the line (JSON, unescaped); reset per line */
    int64_t at_us;       /* the time that the line tells, events or none; 0: none */
};

/* LINE_UNREAD for a line of another program when some format is certain that it is its own, else LINE_KNOWN. */
enum line_result log_line_of_other(const struct log_line *line);

/* A cleared event with the line's time, host and pid in it, at the end of the sink. */
struct log_event *log_sink_add(struct log_sink *sink, const struct log_line *line, enum log_kind kind);

struct log_format {
    const char *name;
    const char *title;
    /* 0 no .. 100 certain, for one line. */
    int (*recognise)(const struct log_line *line);
    /* state: what a format keeps between lines; NULL when it has none. */
    enum line_result (*parse)(void *state, const struct log_line *line, struct log_sink *sink);
    void *(*state_new)(void); /* NULL: keeps nothing */
    void (*state_free)(void *state);
    /* A state of one node, over all its logs (who logged in, which delivery is whose): as bytes, and back into a state
     * behind what is there already. NULL: a state of one input, see log_format_remember(). */
    void (*pack)(const void *state, struct buf *out);
    void (*unpack)(void *state, str packed);
    bool whole_line; /* the format wants the raw line: no syslog envelope belongs to it */
    bool timeless;   /* what it packs is as true for a log that is older than what was read */
};

extern const struct log_format log_formats[];
extern const size_t log_format_count;

const struct log_format *log_format_named(str name); /* NULL unknown */
/* The format most of these first lines of an input speak, each with its envelope; NULL when none does. */
const struct log_format *log_format_detect(const str *lines, size_t count, const struct log_format *preferred);
/*
 * How much of a log's beginning is its own: where a format names its columns first, as in each of its files, up to the end of
 * the first line that says more; STR_NONE: its first line is. False: such a line is not there yet.
 */
bool log_format_own_head(str head, size_t *length);
/* The time of the first of these lines that tells one; CLOCK_NONE when none does. */
int64_t log_format_first_time(const struct log_format *format, str lines);
/*
 * Lets a format see lines that an earlier run has read, so that it knows again what it keeps of an input: the columns of
 * a CSV file. Nothing comes out. `lines` are the head of the input, from before the place where reading goes on.
 */
void log_format_remember(const struct log_format *format, void *state, str lines);

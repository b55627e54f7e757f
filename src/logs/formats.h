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
    /* state: what a format keeps between lines of one input (CSV header); NULL when it has none. */
    enum line_result (*parse)(void *state, const struct log_line *line, struct log_sink *sink);
    void *(*state_new)(void); /* NULL: keeps nothing; see log_format_remember() */
    void (*state_free)(void *state);
    bool whole_line; /* the format wants the raw line: no syslog envelope belongs to it */
};

extern const struct log_format log_formats[];
extern const size_t log_format_count;

const struct log_format *log_format_named(str name); /* NULL unknown */
/* The format most of these first lines of an input speak, each with its envelope; NULL when none does. */
const struct log_format *log_format_detect(const str *lines, size_t count, const struct log_format *preferred);
/*
 * Lets a format see lines that an earlier run has read, so that it knows again what it keeps between lines:
 * the columns of a CSV file, who logged in, which delivery is whose. Nothing comes out. `lines` are whole
 * lines from before the place where reading goes on: the head of the input, and what stands close before it.
 */
void log_format_remember(const struct log_format *format, void *state, str lines);

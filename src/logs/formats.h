/*
 * formats - the table of log formats: one row, one file each.
 *
 * A format recognises itself from sample lines and turns a line into events. The
 * envelope (syslog, journald, docker ...) is peeled first (logs/envelope.h), so a
 * parser sees time, host, program, pid and message.
 *
 * Answers of a parser: LINE_EVENT one or more events were put into `out`; LINE_KNOWN a
 * good line that says nothing about a delivery; LINE_UNREAD it would not read.
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
    size_t room;
    size_t count;
    struct arena *arena; /* for text that is no view of the line (JSON, unescaped); reset per line */
};

struct log_format {
    const char *name;
    const char *title;
    /* 0 no .. 100 certain, for one line. */
    int (*recognise)(const struct log_line *line);
    /* state: what a format keeps between lines of one input (CSV header); NULL when it has none. */
    enum line_result (*parse)(void *state, const struct log_line *line, struct log_sink *sink);
    void *(*state_new)(void);
    void (*state_free)(void *state);
    bool whole_line; /* the format wants the raw line: no syslog envelope belongs to it */
};

extern const struct log_format log_formats[];
extern const size_t log_format_count;

const struct log_format *log_format_named(str name); /* NULL unknown */
/* The format most of these first lines of an input speak; NULL when none does. */
const struct log_format *log_format_detect(const str *lines, size_t count, const struct log_format *preferred);

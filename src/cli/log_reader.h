/*
 * log_reader - the events of a relay's log, one line at a time, without a database.
 *
 * Finds the format and, where stamps have none, the year; peels the envelope; parses.
 *
 * Ownership  events are views until the callback returns.
 * Errors     ERR_INPUT: the format is not known, or the input broke off; what came before was told.
 */
#pragma once
#include "base/arena.h"
#include "intake/lines.h"
#include "logs/formats.h"

struct log_reader_options {
    const struct log_format *format; /* NULL: find out */
    int year;                        /* of the first line; 0: find out */
    const char *zone;                /* of stamps without one; NULL: UTC */
    const char *node;                /* host of lines that name none; NULL: "local" */
};

struct log_reader_counts {
    const char *format;
    uint64_t lines, events, known, unread, oversized;
};

struct log_reader_sink {
    bool (*event)(void *self, const struct log_format *format, const struct line *line, const struct log_event *event);
    void (*unread)(void *self, const struct line *line); /* may be NULL */
    void *self;
};

/* false: err, or the sink asked to stop (err->kind is ERR_NONE then). */
bool log_reader_read(struct input *in, const struct log_reader_options *options, const struct log_reader_sink *sink,
                     struct log_reader_counts *counts, struct err *err);

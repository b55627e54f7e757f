/*
 * out - standard output: gathered in one buffer, and never a word lost in silence.
 *
 * Ownership  out_finish() writes what is left and closes; the struct belongs to main().
 * Errors     kept until out_finish(): a reader that went away (head) ends the program quietly with 0, a
 *            full disk with one line on stderr and 4. A long command asks out_broken() to stop early.
 */
#pragma once
#include "base/buf.h"

struct out {
    struct buf buf;
    int fd;
    int failed; /* errno of the first write that did not work */
    bool terminal;
    bool live;   /* what is read comes from a pipe as it happens: write on whenever nothing more is at hand */
    bool colour; /* a terminal, and NO_COLOR is not set */
};

void out_start(struct out *out, int fd);
void out_add(struct out *out, str bytes); /* as they are: JSON, exports */
void out_show(struct out *out, str text); /* for people: control characters as \xNN */
void out_printf(struct out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void out_flush(struct out *out);
/* After each line or record: flushes on a terminal, when much has gathered, or when a live input pauses. */
void out_line_done(struct out *out);
bool out_broken(const struct out *out);
/* 0, or 4 when something could not be written. gone: the reader closed its end. */
int out_finish(struct out *out, bool *gone);

enum colour { COLOUR_NONE = 0, COLOUR_GOOD, COLOUR_WARN, COLOUR_BAD, COLOUR_FAINT, COLOUR_STRONG };
/* "" without colours; COLOUR_NONE ends one. */
const char *out_colour(const struct out *out, enum colour colour);
/* How wide the terminal is; 80 when it is none. */
size_t out_width(const struct out *out);

/*
 * lines - an input as lines, in place: the hot path's reader.
 *
 * Only LF ends a line; CR, VT, FF, NEL are data (one CR before LF is dropped).
 * Only complete lines are handed out: a partial last one stays unread, unless the
 * caller takes it with lines_rest().
 *
 * Ownership  views into the reader's buffer, valid until the next lines_fill().
 * Limits     64 KiB of a line are kept, the rest is skipped and `oversized` set.
 */
#pragma once
#include "base/err.h"
#include "base/hash.h"
#include "intake/input.h"

enum { LINE_MAX_BYTES = 64 * 1024 };

struct line {
    str text;          /* without LF and the CR before it */
    uint64_t offset;   /* of its first byte in the decompressed input */
    uint32_t length;   /* with LF: offset + length is the next line's */
    bool oversized;
};

struct lines;

struct lines *lines_new(void);
void lines_free(struct lines *lines);
/* Starts on an input at its current offset. */
void lines_start(struct lines *lines, struct input *in);
/* Fills `out` with up to room lines; 0 at the end, -1 with err. */
ssize_t lines_next(struct lines *lines, struct line *out, size_t room, struct err *err);
/* What stands behind the last LF at the end of the input. */
str lines_rest(const struct lines *lines);

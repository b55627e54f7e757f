/*
 * lines - an input as lines, in place: the hot path's reader.
 *
 * Only LF ends a line; CR, VT, FF, NEL are data (one CR before LF is dropped).
 * Only complete lines are handed out: a partial last one stays unread, unless the
 * caller takes it with lines_rest(). The end of a plain file is no wall: when it has
 * grown, lines_next() goes on, with the partial line kept from before.
 *
 * Identity   given one, it gets each byte once, up to the end of the last line handed
 *            out: after a batch, identity_length() is the position behind it and
 *            identity_now() the digest to commit with it.
 * Ownership  views into the reader's buffer, valid until the next lines_next() or
 *            lines_start(). The input and the identity are borrowed.
 * Errors     -1 with the input's err, after all complete lines before it.
 * Limits     64 KiB of a line are kept, the rest is skipped and `oversized` set.
 *            Memory: 324 KiB, whatever comes in.
 */
#pragma once
#include "base/err.h"
#include "base/hash.h"
#include "intake/identity.h"
#include "intake/input.h"

enum { LINE_MAX_BYTES = 64 * 1024 };

struct line {
    str text;        /* without LF and the CR before it */
    uint64_t offset; /* of its first byte in the decompressed input */
    uint64_t length; /* with LF: offset + length is the next line's */
    bool oversized;
};

struct lines;

struct lines *lines_new(void);
void lines_free(struct lines *lines);
/* Starts on an input at its current offset. identity may be NULL; else it stands at that offset. */
void lines_start(struct lines *lines, struct input *in, struct identity *identity);
/* Fills `out` with up to room lines; 0 at the end, -1 with err. */
ssize_t lines_next(struct lines *lines, struct line *out, size_t room, struct err *err);
/* Takes what stands behind the last LF as a line; false when there is nothing. For streams that cannot
 * go on; a plain file's last line may still be being written. */
bool lines_rest(struct lines *lines, struct line *out);

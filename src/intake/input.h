/*
 * input - whatever a path names, as streams of plain bytes.
 *
 * Files, folders (walked in name order, hidden files and other file systems left out),
 * Maildirs (new/ and cur/), "-" for stdin; gz, xz, zst, bz2 taken off by content,
 * not by name (libarchive; this file is its only door). One input is one stream.
 *
 * Ownership  input_walk() owns the input it hands to the visitor, for that call.
 * Errors     a path that cannot be read is told to the visitor's refuse() and the
 *            walk goes on; answers false only when the visitor asked to stop.
 * Limits     64 GiB of decompressed bytes a file; depth of folders 32.
 */
#pragma once
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

struct input;

struct input_visitor {
    bool (*visit)(void *self, struct input *in, struct err *err);  /* false: stop the walk */
    void (*refuse)(void *self, const char *path, const char *why); /* set aside, go on */
    void *self;
};

bool input_walk(const char *const *paths, size_t count, const struct input_visitor *visitor, struct err *err);

const char *input_path(const struct input *in); /* as given; "-" for stdin */
bool input_is_stdin(const struct input *in);
bool input_is_maildir(const struct input *in); /* one mail of a Maildir */
bool input_is_compressed(const struct input *in);
uint64_t input_device(const struct input *in);
uint64_t input_inode(const struct input *in);
int64_t input_size(const struct input *in);     /* bytes on disk, -1 unknown */
int64_t input_modified_us(const struct input *in);
uint64_t input_offset(const struct input *in);  /* decompressed bytes handed out so far */
/* Compressed bytes read so far, for progress. */
uint64_t input_consumed(const struct input *in);

/* Up to room bytes; 0 at the end, -1 with err. A truncated compressed file answers what could be read, then -1. */
ssize_t input_read(struct input *in, char *to, size_t room, struct err *err);
/* Looks at the first bytes without taking them (at most 64 KiB); the view lives until the next read. */
str input_peek(struct input *in, size_t want, struct err *err);
/* From the start again. stdin: only after input_spool(). */
bool input_rewind(struct input *in, struct err *err);
/* Plain file: moves to a byte. Others: reads on to it. */
bool input_skip_to(struct input *in, uint64_t offset, struct err *err);
/* Keeps what comes in an unlinked temporary file so that it can be rewound. */
bool input_spool(struct input *in, struct err *err);
/* The last up to `want` bytes, for a look at the last line's time; reads all of a compressed one. Then rewinds. */
bool input_tail(struct input *in, char *to, size_t want, size_t *got, struct err *err);

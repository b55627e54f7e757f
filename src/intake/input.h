/*
 * input - whatever a path names, as streams of plain bytes.
 *
 * Files, folders (walked in name order, hidden files and other file systems left out),
 * Maildirs (cur/ and new/), "-" for stdin; gz, xz, zst, bz2 taken off by content,
 * not by name (libarchive; input.c is its only door). One input is one stream: the members of a
 * concatenated gz read as one. A FIFO named outright is read like stdin.
 *
 * Ownership  input_walk() owns the input it hands to the visitor, for that call; who wants to come
 *            back to it keeps a copy of the path and opens it again. input_open() and input_close() are a pair.
 * Errors     a path that cannot be read is told to the visitor's refuse() and the
 *            walk goes on; answers false only when the visitor asked to stop.
 *            ERR_INPUT: this input is bad, go on with the next; ERR_IO: no room for a copy; ERR_SIGNAL.
 *            A broken compressed file hands out all that can be read first, to the last byte before the break
 *            (a pipe: to the last whole 64 KiB), then answers -1, again and again.
 *            Damage inside a gz that still decodes is not seen: libarchive does not compare its CRC.
 * Limits     64 GiB of decompressed bytes a compressed input; depth of folders 32.
 *            Memory: 64 KiB a peek, 256 KiB a compressed input.
 */
#pragma once
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

enum { INPUT_PEEK_BYTES = 64 * 1024, INPUT_DEPTH = 32 };

struct input;

struct input_visitor {
    bool (*visit)(void *self, struct input *in, struct err *err);  /* false: stop the walk */
    void (*refuse)(void *self, const char *path, const char *why); /* set aside, go on */
    void *self;
};

bool input_walk(const char *const *paths, size_t count, const struct input_visitor *visitor, struct err *err);
/* The rotated forms of a log that lie beside it (x.log.1, x.log.2.gz, x.log-20260303.xz), newest first: what was
 * written to x.log before it got a new file stands there. */
bool input_walk_rotated(const char *path, const struct input_visitor *visitor, struct err *err);

/* One path that is no folder, or "-"; NULL with err. `maildir`: it is a mail of a Maildir.
 * Of a pipe nothing is taken before the first look: it may be closed and opened again until then. */
struct input *input_open(const char *path, bool maildir, struct err *err);
/* The file behind an open descriptor that stays the caller's, from its start; `path` is what it is called. */
struct input *input_open_fd(int fd, const char *path, struct err *err);
void input_close(struct input *in);

const char *input_path(const struct input *in); /* as given; "-" for stdin */
bool input_is_stdin(const struct input *in);
bool input_is_file(const struct input *in);    /* regular, so it can be opened or rewound again; else a pipe */
bool input_is_maildir(const struct input *in); /* one mail of a Maildir */
bool input_is_compressed(const struct input *in); /* of a pipe known once it was looked at */
uint64_t input_device(const struct input *in);
uint64_t input_inode(const struct input *in);
int64_t input_size(const struct input *in);        /* bytes on disk when it was opened, -1 unknown */
int64_t input_modified_us(const struct input *in); /* CLOCK_NONE for a pipe */
uint64_t input_offset(const struct input *in);     /* decompressed bytes handed out so far */
/* Bytes on disk (compressed ones, if it is) read so far, for progress. */
uint64_t input_consumed(const struct input *in);

/* Up to room bytes; 0 at the end, -1 with err. A truncated compressed file answers what could be read, then -1.
 * The end of a plain file is no wall: when it has grown, the next call reads on. */
ssize_t input_read(struct input *in, char *to, size_t room, struct err *err);
/* Looks at the next bytes without taking them (at most INPUT_PEEK_BYTES); the view lives until the next read.
 * Of a pipe that has nothing more right now, less, once there is a whole line. What broke off says so in err (start
 * with an empty one), beside what there is, and again when it is read. */
str input_peek(struct input *in, size_t want, struct err *err);
/* From the start again. A pipe: only before the first read, or after input_spool(). */
bool input_rewind(struct input *in, struct err *err);
/* Plain file: moves to a byte. Others: reads on to it, or from the start when it lies behind. Past the end: false. */
bool input_skip_to(struct input *in, uint64_t offset, struct err *err);
/* Keeps what comes in an unlinked temporary file so that it can be rewound; before the first read only. */
bool input_spool(struct input *in, struct err *err);
/* Decided: no more needs to be kept. */
void input_unspool(struct input *in);
/* The last up to `want` bytes (of a file as it was opened), for a look at the last line's time; reads all of a
 * compressed one. Then rewinds. */
bool input_tail(struct input *in, char *to, size_t want, size_t *got, struct err *err);
/* Another limit than 64 GiB. */
void input_limit(struct input *in, uint64_t decompressed_bytes);

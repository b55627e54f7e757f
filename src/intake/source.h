/*
 * source - the raw bytes behind a path, before anything is decompressed.
 *
 * A regular file is read in place. A pipe (stdin, a FIFO, a terminal) can be read only once; to be read
 * again its bytes are kept: in memory while the first few are merely looked at, then, when asked for
 * in time, in an unlinked temporary file (TMPDIR, else /var/tmp, else /tmp).
 *
 * Used by input.c alone; everybody else reads an input.
 *
 * Ownership  source_open() and source_close() are a pair.
 * Errors     ERR_INPUT: this path cannot be read; ERR_IO: no room for the copy; ERR_SIGNAL: told to stop.
 */
#pragma once
#include <sys/stat.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

enum { SOURCE_START_BYTES = 16 };

struct source;

/* A path or "-"; NULL with err. Refuses folders, sockets and block devices. Takes no byte of a pipe, and of a FIFO
 * not even hold: the first read opens it, and waits for its writer. */
struct source *source_open(const char *path, struct err *err);
/* The file behind a descriptor that stays the caller's, from its start, whatever its name is by now. */
struct source *source_open_fd(int fd, struct err *err);
void source_close(struct source *source);
bool source_is_file(const struct source *source);            /* regular: can be moved about in */
const struct stat *source_stat(const struct source *source); /* as it was opened */
uint64_t source_size(const struct source *source);           /* of a file, now */

ssize_t source_read(struct source *source, char *to, size_t room, struct err *err);
/* The first up to SOURCE_START_BYTES bytes, without taking them. Only before the first read. */
bool source_start(struct source *source, char out[SOURCE_START_BYTES], size_t *n, struct err *err);
uint64_t source_taken(const struct source *source); /* bytes read so far, counted from the start */
/* Nothing at hand right now: reading would wait. Always false for a file. */
bool source_would_wait(const struct source *source);

/* Regular files only. */
bool source_seek(struct source *source, uint64_t offset, struct err *err);
/* The first byte was used: what was kept in memory for a second look is not kept any longer. */
void source_settle(struct source *source);
/* Keeps all that comes from now on; refused once settled. Nothing to do for a file. */
bool source_spool(struct source *source, struct err *err);
/* Stops keeping: what was kept is still read to its end, but cannot be read again after that. */
void source_unspool(struct source *source);
bool source_rewind(struct source *source, struct err *err);

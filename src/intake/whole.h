/*
 * whole - an input as one text, for what is read as a document and not line by line.
 *
 * Ownership  the text is appended to a buf of the caller.
 * Errors     ERR_INPUT when it breaks off, or is larger than the limit (both named); ERR_IO, ERR_SIGNAL.
 * Limits     the caller's; no more than that, and one read, is held.
 */
#pragma once
#include "base/buf.h"
#include "intake/input.h"

/* From where the input stands to its end. */
bool input_whole(struct input *in, size_t most_bytes, struct buf *to, struct err *err);
/* The same for bytes at hand, packed or not: gz, xz, zst, bz2 are taken off as from a file. */
bool input_whole_of(str bytes, const char *name, size_t most_bytes, struct buf *to, struct err *err);

/*
 * kept - what a parser keeps between lines: values by key, the oldest dropped when there are too many; and as bytes, so
 * that a log which is cut, or read on by another process, is understood like a whole one.
 *
 * Bytes     a version, the count, then key and value of each, oldest first: the same memory gives the same bytes. Numbers
 *           are seven bits a byte, the lowest first; texts have their length in front.
 * Ownership kept_free() gives all back. A value is good until the next kept_put() or kept_drop().
 * Errors    bytes of another version, or cut ones, are taken as far as they can be read.
 * Limits    `most` values; what is beyond goes a quarter at a time, oldest first.
 */
#pragma once
#include "base/buf.h"

struct kept;

/* clear: gives back what a value owns; NULL: nothing. */
struct kept *kept_new(size_t value_size, size_t most, void (*clear)(void *value));
void kept_free(struct kept *kept);
void *kept_find(const struct kept *kept, uint64_t key);
/* A cleared value, the newest of all, in place of the one that was there. */
void *kept_put(struct kept *kept, uint64_t key);
void kept_drop(struct kept *kept, uint64_t key);

void kept_pack(const struct kept *kept, unsigned version, void (*value)(struct buf *out, const void *value),
               struct buf *out);
/* value: reads one; false ends the reading. Put behind what is there. */
void kept_unpack(struct kept *kept, unsigned version, bool (*value)(str *in, void *value), str packed);

void kept_add_number(struct buf *out, uint64_t n);
void kept_add_text(struct buf *out, str text);
bool kept_take_number(str *in, uint64_t *n);
bool kept_take_text(str *in, str *text);

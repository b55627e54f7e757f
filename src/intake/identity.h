/*
 * identity - an input is its decompressed content, not its name or inode.
 *
 * While an input is read its cumulative 128-bit digests are taken every 4 KiB up to
 * 1 MiB, then every MiB, and at any position asked for. Two inputs with the same
 * digest at the same position have the same bytes up to it: a rotated, renamed or
 * compressed copy is recognised, a shorter older copy too (all its whole blocks match).
 *
 * The digest of a block is that of the digest before it and the block's own bytes. So it speaks of all bytes
 * from the start, and yet work can be taken up again at the end of any block: who comes back to a known file
 * at a known position reads again at most 1 MiB (identity_resume()), not all of it.
 *
 * Ownership  struct identity owns its list; identity_pack() answers arena memory.
 * Limits     64 GiB are 64 Ki blocks, 1 MiB of digests.
 */
#pragma once
#include "base/arena.h"
#include "base/hash.h"
#include "intake/input.h"

enum { IDENTITY_PACKED_BYTES = 16 }; /* a block's digest, high half first, big endian */

struct identity;

struct identity *identity_new(void);
void identity_free(struct identity *identity);
void identity_reset(struct identity *identity);
void identity_copy(struct identity *to, const struct identity *from);
/* The next bytes of the content, in order. */
void identity_add(struct identity *identity, str bytes);
uint64_t identity_length(const struct identity *identity);
struct hash128 identity_now(const struct identity *identity); /* digest of all bytes so far */
/* The block digests so far, 16 bytes each, for storing; and how many blocks lie within `length`. */
str identity_pack(const struct identity *identity, struct arena *arena);
size_t identity_blocks(uint64_t length);
uint64_t identity_block_end(size_t block); /* content length at the end of that block */

/* Compares the content seen so far with a stored one: do all whole blocks both have agree? */
bool identity_agrees(const struct identity *identity, str packed);
/* Back to what a stored one knew at `position`: the last whole block before it. Answers the length known,
 * from where on the bytes are to be added again. */
uint64_t identity_resume(struct identity *identity, str packed, uint64_t position);

/* Reads the input on to byte `to`, or to its end, adding all of it; input and identity must stand at the same byte. */
bool identity_read(struct identity *identity, struct input *in, uint64_t to, struct err *err);

/* What finds candidates: the hash of the first complete line in `head` (of at most 64 KiB). False: it has none yet. */
bool identity_first_line(str head, struct hash128 *hash);

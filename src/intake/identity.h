/*
 * identity - an input is its decompressed content, not its name or inode.
 *
 * While an input is read its cumulative 128-bit digests are taken every 4 KiB up to
 * 1 MiB, then every MiB, and at any position asked for. Two inputs with the same
 * digest at the same position have the same bytes up to it: a rotated, renamed or
 * compressed copy is recognised, a shorter older copy too (all its whole blocks match).
 *
 * Ownership  struct identity owns its list; identity_pack() answers arena memory.
 */
#pragma once
#include "base/arena.h"
#include "base/hash.h"

struct identity;

struct identity *identity_new(void);
void identity_free(struct identity *identity);
void identity_reset(struct identity *identity);
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

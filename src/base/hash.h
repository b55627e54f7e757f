/*
 * hash - content hashes: the ids of everything in the database.
 *
 * XXH3 (xxHash 0.8): 64 bits where a collision is a nuisance, 128 bits where it
 * would lose data (identity of inputs and mails). Not secret; where an attacker
 * may choose the text a seed from the store is mixed in.
 */
#pragma once
#include "base/str.h"

struct hash128 {
    uint64_t high, low;
};

uint64_t hash64(str s, uint64_t seed);
/* Order matters: hash of the pair (h, s), for keys of several parts. */
uint64_t hash64_more(uint64_t h, str s);
uint64_t hash64_int(uint64_t h, uint64_t value);
struct hash128 hash128(str s);

/* A digest of a stream, read off at any point without ending it. */
struct digest;
struct digest *digest_new(void);
void digest_free(struct digest *digest);
void digest_reset(struct digest *digest);
void digest_copy(struct digest *to, const struct digest *from);
void digest_add(struct digest *digest, str s);
struct hash128 digest_value(const struct digest *digest);

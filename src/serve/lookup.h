/*
 * lookup - the suppression list as a running service asks it: whole, in memory, replaced whole.
 *
 * Sorted 64-bit keys (model/address.h, with the store's seed) and a byte each that says which refusal; an address, then
 * its domain's entry. Entries of scope global only. A domain's entry speaks for exactly that domain.
 *
 * Kept in a file with a digest, so that it outlives the database and a restart:
 *   0  "RBLIST1\n"   8 generation   16 made at, in us   24 seed   32 count   40 bytes of the refusals' texts
 *   48 digest of bytes 8 to 47, of all that follows, and of the mark of the secret of hashed addresses (128 bits)
 *   64 keys, then a byte each for its refusal, then the refusals' texts, each with a NUL
 * Numbers are 64 bits, little-endian. The file holds the seed: it is readable by its owner only.
 *
 * Ownership  a lookup is never changed once it is made: several threads may read it. lookup_free() gives it back.
 * Errors     ERR_INPUT for a file that is cut or damaged, ERR_IO, or as db_run().
 * Limits     9 bytes an entry; 255 refusals, those beyond share one. Memory while it is made: twice that.
 */
#pragma once
#include "store/db.h"

struct lookup;

struct lookup *lookup_read(struct db *db, struct err *err);
/* NULL with ERR_NONE: there is no such file yet. */
struct lookup *lookup_load(const char *path, struct err *err);
bool lookup_save(const struct lookup *lookup, const char *path, struct err *err);
void lookup_free(struct lookup *lookup);

/* "5.1.1 rebound-suppressed/invalid_recipient" of an address or a domain that is listed; "" otherwise. */
str lookup_find(const struct lookup *lookup, str key);
int64_t lookup_generation(const struct lookup *lookup);
int64_t lookup_made_us(const struct lookup *lookup);
size_t lookup_count(const struct lookup *lookup);

/* For tests and for lookup_read(): entries in the order of their keys. */
struct lookup *lookup_new(int64_t generation, int64_t made_us, uint64_t seed);
/* fault: of the category, "address" or another. False: not behind the one before. */
bool lookup_add(struct lookup *lookup, uint64_t key, str reason, str fault);

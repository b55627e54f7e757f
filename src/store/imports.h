/*
 * imports - what receivers say of our mail (model/imported.h) in tables of its own.
 *
 * A file is known by the digest of its content, so a copy, renamed or packed, adds nothing. A row is known by what it
 * tells of and its day: a newer telling takes the older one's place, whichever was read first. Newer is what its file's
 * time says; of two files of one moment the one read last.
 *
 * Ownership  the store copies what it is given.
 * Use        import_store_begin(), import_store_add() for each row, and in a transaction import_store_write().
 */
#pragma once
#include "base/hash.h"
#include "model/imported.h"
#include "store/db.h"

struct import_file {
    struct hash128 digest;
    str format;
    int64_t as_of_us;
    uint64_t read, irrelevant, unread;
    int64_t first_day, last_day; /* of what was read */
};

struct import_store;

struct import_store *import_store_new(void);
void import_store_free(struct import_store *store);
/* The id of a file, as quarantine knows it too. */
uint64_t import_file_id(const struct import_file *file);
/* A new file; what was gathered of another is forgotten. Touches no database. */
void import_store_begin(struct import_store *store, const struct import_file *file);
void import_store_add(struct import_store *store, const struct import_row *row);
/* `file` with its counts. *fresh: it was not read before; else nothing of it is written. */
bool import_store_write(struct import_store *store, struct db *db, const struct import_file *file, bool *fresh,
                        struct err *err);

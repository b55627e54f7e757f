/*
 * schema - numbered migrations, applied once each, in one transaction each, checked by digest.
 *
 * Also keeps the built-in reference rows (categories, blocklists, providers, policy) equal to the program's.
 *
 * Errors     ERR_CONFIG: the database was made by a newer rebound, or a migration that was applied differs
 *            from the built-in one (both digests are named). Two programs at once: one waits.
 */
#pragma once
#include "store/db.h"

int schema_version_built_in(void);
bool schema_version(struct db *db, int *version, struct err *err); /* 0: no schema */
/* Creates or upgrades to the built-in version. Cheap (one query) when it is already there. */
bool schema_ensure(struct db *db, struct err *err);
/* The store's seed for address hashes, made once. */
bool schema_seed(struct db *db, uint64_t *seed, struct err *err);
/* Day partitions of event for each day in [first, last] (days since 1970); cheap for days it knows. */
bool schema_days(struct db *db, int64_t first_day, int64_t last_day, struct err *err);

enum table_kind { TABLE_REFERENCE, TABLE_BY_RECIPIENT, TABLE_BY_INPUT, TABLE_BY_NODE };
struct table_info {
    const char *name;
    enum table_kind kind;
    const char *key; /* distribution column; NULL for reference tables */
};
extern const struct table_info schema_tables[];
extern const size_t schema_table_count;

/*
 * schema - numbered migrations, applied once each, in one transaction each, checked by digest.
 *
 * Also keeps the built-in reference rows (categories, blocklists, providers) equal to the program's, and adds the
 * policy's default rows (sql/queries/policy_defaults.sql) where there are none: a row that was changed stays.
 *
 * Errors     ERR_CONFIG: the database was made by a newer rebound, or a migration that was applied differs
 *            from the built-in one (both digests are named). Two programs at once: one waits.
 *            None of these functions is for the middle of a transaction but schema_version().
 */
#pragma once
#include "store/db.h"

int schema_version_built_in(void);
bool schema_version(struct db *db, int *version, struct err *err); /* 0: no schema */
/* Creates or upgrades to the built-in version. Cheap (one query) when it is already there. */
bool schema_ensure(struct db *db, struct err *err);
/* The store's seed for address hashes, made once. */
bool schema_seed(struct db *db, uint64_t *seed, struct err *err);
/*
 * Day partitions of event for each day in [first, last] (days since 1970). One query; asks the
 * server each time, since `prune` may have dropped a day. Call it before the batch's transaction, with days that have
 * rows: what is made stays. At most 400 days a call (ERR_CONFIG beyond). Running COPYs are not held up.
 */
bool schema_days(struct db *db, int64_t first_day, int64_t last_day, struct err *err);
/* The same for a list of days, in any order; doubles are fine. */
bool schema_day_list(struct db *db, const int64_t *days, size_t count, struct err *err);
/* The index on recipient_hash of one day (event_YYYYMMDD_recipient), unless it is there. Waits for COPYs into that day.
 */
bool schema_index_day(struct db *db, int64_t day, struct err *err);
/* Indexes of a day that is sealed: time (BRIN), and for tracing and hops message id, queue id and next queue id. */
bool schema_index_sealed_day(struct db *db, int64_t day, struct err *err);

/* Rows of the reference tables, as the columns of category, blocklist, provider. */
struct schema_category {
    str category, fault, severity, title, advice;
    char class;
};
struct schema_blocklist {
    str blocklist, name, operator, type, status, delist_url;
    int weight;
};
struct schema_provider {
    int64_t provider_id;
    str provider, name, kind, roof;
};
/* What the program ships. Ids that vanish from it stay: history speaks of them. */
struct schema_shipped {
    const struct schema_category *categories;
    const struct schema_blocklist *blocklists;
    const struct schema_provider *providers;
    size_t category_count, blocklist_count, provider_count;
};
/* Writes them when they differ from what was written last (a digest in `setting`). Cheap when they do not. */
bool schema_reference(struct db *db, const struct schema_shipped *shipped, struct err *err);

enum table_kind { TABLE_REFERENCE, TABLE_BY_RECIPIENT, TABLE_BY_INPUT, TABLE_BY_NODE };
struct table_info {
    const char *name;
    enum table_kind kind;
    const char *key; /* distribution column; NULL for reference tables */
};
extern const struct table_info schema_tables[];
extern const size_t schema_table_count;

/*
 * batch - rows for one named query that takes arrays (INSERT ... SELECT FROM unnest($1, $2, ...)).
 *
 * Fill a row by calling batch_int() and batch_text() once a column, in the order of the query's
 * parameters; batch_run() sends what was gathered, at most 16,384 rows a statement, and empties it.
 *
 * Ownership  the batch copies texts; batch_free() gives all back.
 */
#pragma once
#include "store/db.h"

enum { BATCH_COLUMNS = 32 };

struct batch {
    const char *query;
    size_t columns, column; /* column: the next one of the row being filled */
    size_t rows, room;
    enum db_type types[BATCH_COLUMNS];
    int64_t *ints[BATCH_COLUMNS];
    str *texts[BATCH_COLUMNS];
    struct arena *arena;
};

/* types: one of the DB_..._ARRAY a column. */
void batch_init(struct batch *batch, const char *query, const enum db_type *types, size_t columns);
void batch_free(struct batch *batch);
void batch_clear(struct batch *batch);
void batch_int(struct batch *batch, int64_t value);
void batch_text(struct batch *batch, str value);
/* Does not wait for the last statement (db_send()): the next call on the connection tells whether it went well. */
bool batch_run(struct batch *batch, struct db *db, struct err *err);

#include "store/batch.h"

#include <assert.h>
#include <stdlib.h>

enum { ROWS_A_STATEMENT = 16384 };

static bool is_text(enum db_type type)
{
    return type == DB_TEXT_ARRAY || type == DB_BYTEA_ARRAY;
}

void batch_init(struct batch *batch, const char *query, const enum db_type *types, size_t columns)
{
    assert(columns <= BATCH_COLUMNS);
    memset(batch, 0, sizeof *batch);
    batch->query = query;
    batch->columns = columns;
    memcpy(batch->types, types, columns * sizeof *types);
    batch->arena = arena_new();
}

void batch_free(struct batch *batch)
{
    for (size_t i = 0; i < batch->columns; i++) {
        free(batch->ints[i]);
        free(batch->texts[i]);
    }
    arena_free(batch->arena);
    memset(batch, 0, sizeof *batch);
}

void batch_clear(struct batch *batch)
{
    batch->rows = batch->column = 0;
    arena_reset(batch->arena);
}

static void make_room(struct batch *b)
{
    if (b->rows < b->room)
        return;
    b->room = b->room ? b->room * 2 : 256;
    for (size_t i = 0; i < b->columns; i++)
        if (is_text(b->types[i]))
            b->texts[i] = mem_grow(b->texts[i], b->room * sizeof **b->texts);
        else
            b->ints[i] = mem_grow(b->ints[i], b->room * sizeof **b->ints);
}

static size_t next_column(struct batch *b)
{
    const size_t at = b->column;

    if (at == 0)
        make_room(b);
    b->column = (at + 1) % b->columns;
    return at;
}

void batch_int(struct batch *batch, int64_t value)
{
    const size_t at = next_column(batch);

    assert(!is_text(batch->types[at]));
    batch->ints[at][batch->rows] = value;
    batch->rows += batch->column == 0;
}

void batch_text(struct batch *batch, str value)
{
    const size_t at = next_column(batch);

    assert(is_text(batch->types[at]));
    batch->texts[at][batch->rows] = arena_str(batch->arena, value);
    batch->rows += batch->column == 0;
}

static void slice(const struct batch *b, size_t from, size_t count, struct db_arg args[BATCH_COLUMNS])
{
    for (size_t i = 0; i < b->columns; i++)
        args[i] = is_text(b->types[i]) ? DB_TEXTS(b->types[i], b->texts[i] + from, count)
                                       : DB_INTS(b->types[i], b->ints[i] + from, count);
}

static bool run_slice(struct batch *b, struct db *db, size_t from, size_t count, struct err *err)
{
    struct db_arg args[BATCH_COLUMNS];

    slice(b, from, count, args);
    return db_send(db, b->query, args, b->columns, err);
}

bool batch_run(struct batch *batch, struct db *db, struct err *err)
{
    bool ok = true;

    assert(batch->column == 0);
    for (size_t from = 0; ok && from < batch->rows; from += ROWS_A_STATEMENT) {
        const size_t left = batch->rows - from;
        ok = run_slice(batch, db, from, left < ROWS_A_STATEMENT ? left : ROWS_A_STATEMENT, err);
    }
    batch_clear(batch);
    return ok;
}

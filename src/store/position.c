#include "store/position.h"

#include "base/clock.h"
#include "store/batch.h"

static struct position of_row(const struct db_result *rows, size_t i, struct arena *arena)
{
    return (struct position){
        .input_id = (uint64_t)db_int(rows, i, 0),
        .first_line_hash = (uint64_t)db_int(rows, i, 1),
        .ordinal = (int)db_int(rows, i, 2),
        .position = (uint64_t)db_int(rows, i, 3),
        .digest = arena_str(arena, db_bytes(rows, i, 4)),
        .blocks = arena_str(arena, db_bytes(rows, i, 5)),
        .format = arena_str(arena, db_text(rows, i, 6)),
        .path = arena_str(arena, db_text(rows, i, 7)),
        .device = (uint64_t)db_int(rows, i, 8),
        .inode = (uint64_t)db_int(rows, i, 9),
        .year = (int)db_int(rows, i, 10),
        .month = (int)db_int(rows, i, 11),
    };
}

bool position_candidates(struct db *db, uint64_t first_line_hash, struct arena *arena, struct position **out,
                         size_t *count, struct err *err)
{
    const struct db_arg args[] = {DB_I8(first_line_hash)};
    struct db_result *rows = NULL;

    if (!db_run(db, "position_candidates", args, 1, &rows, err))
        return false;
    *count = db_rows(rows);
    *out = arena_alloc(arena, (*count + 1) * sizeof **out);
    for (size_t i = 0; i < *count; i++)
        (*out)[i] = of_row(rows, i, arena);
    db_result_free(rows);
    return true;
}

static bool one_row(struct db *db, const char *query, const struct db_arg *args, size_t count, bool *found,
                    struct err *err)
{
    struct db_result *rows = NULL;

    if (!db_run(db, query, args, count, &rows, err))
        return false;
    *found = db_rows(rows) > 0;
    db_result_free(rows);
    return true;
}

bool position_claim(struct db *db, const struct position *fresh, struct err *err)
{
    const struct db_arg args[] = {DB_I8(fresh->input_id), DB_I8(fresh->first_line_hash), DB_I4(fresh->ordinal),
                                  DB_S(fresh->format),    DB_S(fresh->path),             DB_I8(fresh->device),
                                  DB_I8(fresh->inode),    DB_I4(fresh->year),            DB_I4(fresh->month),
                                  DB_T(clock_now_us())};
    bool found;

    if (!one_row(db, "position_claim", args, sizeof args / sizeof *args, &found, err))
        return false;
    return found || err_set(err, ERR_DB_RETRY, "%.*s: another rebound has just begun to read it", STR_ARG(fresh->path));
}

bool position_release(struct db *db, uint64_t input_id, struct err *err)
{
    const struct db_arg args[] = {DB_I8(input_id)};

    return db_run(db, "position_release", args, 1, NULL, err);
}

bool position_hold(struct db *db, uint64_t input_id, uint64_t *position, struct err *err)
{
    const struct db_arg args[] = {DB_I8(input_id)};
    struct db_result *rows = NULL;

    if (!db_run(db, "position_hold", args, 1, &rows, err))
        return false;
    const bool found = db_rows(rows) > 0;
    if (found)
        *position = (uint64_t)db_int(rows, 0, 0);
    db_result_free(rows);
    return found || err_set(err, ERR_DB, "the position of an input is gone: was the database pruned meanwhile?");
}

bool position_move(struct db *db, const struct position *to, uint64_t expected, struct err *err)
{
    const struct db_arg args[] = {DB_I8(to->input_id), DB_I8(to->position), DB_RAW(to->digest), DB_RAW(to->blocks),
                                  DB_S(to->format),    DB_S(to->path),      DB_I8(to->device),  DB_I8(to->inode),
                                  DB_I4(to->year),     DB_I4(to->month),    DB_I8(expected),    DB_T(clock_now_us())};
    bool found;

    if (!one_row(db, "position_move", args, sizeof args / sizeof *args, &found, err))
        return false;
    return found || err_set(err, ERR_DB_RETRY, "%.*s: another rebound has read on meanwhile", STR_ARG(to->path));
}

bool position_spans_add(struct db *db, const struct position_span *spans, size_t count, struct err *err)
{
    static const enum db_type types[] = {DB_INT8_ARRAY, DB_INT8_ARRAY, DB_TEXT_ARRAY, DB_TIME_ARRAY, DB_TIME_ARRAY,
                                         DB_INT8_ARRAY, DB_INT8_ARRAY, DB_INT8_ARRAY, DB_INT8_ARRAY, DB_INT8_ARRAY};
    struct batch b;

    batch_init(&b, "position_span_add", types, sizeof types / sizeof *types);
    for (size_t i = 0; i < count; i++) {
        const struct position_span *s = &spans[i];
        batch_int(&b, (int64_t)s->input_id);
        batch_int(&b, (int64_t)s->node_id);
        batch_text(&b, s->format);
        batch_int(&b, s->first_us);
        batch_int(&b, s->last_us);
        batch_int(&b, (int64_t)s->lines);
        batch_int(&b, (int64_t)s->events);
        batch_int(&b, (int64_t)s->known);
        batch_int(&b, (int64_t)s->unread);
        batch_int(&b, (int64_t)s->oversized);
    }
    const bool ok = batch_run(&b, db, err);
    batch_free(&b);
    return ok;
}

bool position_overlap(struct db *db, const struct position_span *span, struct arena *arena, str *path,
                      int64_t *overlap_us, struct err *err)
{
    const struct db_arg args[] = {DB_I8(span->input_id), DB_I8(span->node_id), DB_T(span->first_us),
                                  DB_T(span->last_us)};
    struct db_result *rows = NULL;

    *path = (str){"", 0};
    if (!db_run(db, "position_overlap", args, 4, &rows, err))
        return false;
    if (db_rows(rows) > 0) {
        *path = arena_str(arena, db_text(rows, 0, 0));
        *overlap_us = db_int(rows, 0, 1) * CLOCK_SECOND;
    }
    db_result_free(rows);
    return true;
}

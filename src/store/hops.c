#include "store/hops.h"

#include <stdlib.h>

#include "base/clock.h"
#include "store/open_state.h"

enum { LATE_MOST = 100000 };

static const int64_t MARGIN_US = CLOCK_HOUR; /* twice what a hand-over and its arrival may lie apart */
static const int64_t FIRST_TRY_US =
    CLOCK_DAY; /* of a message that was handed over: later ones know where it came from */
static const int64_t LIFE_US = 10 * CLOCK_DAY; /* what a message lives at most */

bool hops_hold(struct db *db, struct arena *arena, struct err *err)
{
    struct open_state_node state;
    struct db_result *r = NULL;
    bool ok = db_run(db, "returned_hold", NULL, 0, NULL, err) && db_run(db, "hops_nodes", NULL, 0, &r, err);

    for (size_t i = 0; ok && i < db_rows(r); i++)
        ok = open_state_hold(db, (uint64_t)db_int(r, i, 0), arena, &state, err);
    db_result_free(r);
    return ok;
}

/* ---------------------------------------------------------------- what is due */

bool hops_due_add(struct db *db, const struct hop_due *due, size_t count, struct err *err)
{
    int64_t *const columns = mem_zero(3 * count + 1, sizeof *columns);

    for (size_t i = 0; i < count; i++) {
        columns[i] = (int64_t)due[i].node_id;
        columns[count + i] = due[i].from_us;
        columns[2 * count + i] = due[i].to_us;
    }
    const struct db_arg args[] = {
        DB_INTS(DB_INT8_ARRAY, columns, count),
        DB_INTS(DB_TIME_ARRAY, columns + count, count),
        DB_INTS(DB_TIME_ARRAY, columns + 2 * count, count),
        DB_I8(clock_now_us()),
    };
    const bool ok = count == 0 || db_run(db, "hops_due_add", args, 4, NULL, err);
    free(columns);
    return ok;
}

bool hops_due_done(struct db *db, const struct hop_due *due, size_t count, struct err *err)
{
    int64_t *const columns = mem_zero(2 * count + 1, sizeof *columns);

    for (size_t i = 0; i < count; i++) {
        columns[i] = (int64_t)due[i].node_id;
        columns[count + i] = due[i].version;
    }
    const struct db_arg args[] = {
        DB_INTS(DB_INT8_ARRAY, columns, count),
        DB_INTS(DB_INT8_ARRAY, columns + count, count),
    };
    const bool ok = count == 0 || db_run(db, "hops_due_done", args, 2, NULL, err);
    free(columns);
    return ok;
}

bool hops_due(struct db *db, struct arena *arena, struct hop_due **out, size_t *count, struct err *err)
{
    struct db_result *r = NULL;

    if (!db_run(db, "hops_due", NULL, 0, &r, err))
        return false;
    *count = db_rows(r);
    *out = arena_alloc(arena, (*count + 1) * sizeof **out);
    for (size_t i = 0; i < *count; i++)
        (*out)[i] = (struct hop_due){(uint64_t)db_int(r, i, 0), db_time(r, i, 1), db_time(r, i, 2), db_int(r, i, 3)};
    db_result_free(r);
    return true;
}

bool hops_wanted(struct db *db, struct hop_window *window, struct err *err)
{
    const struct db_arg args[] = {DB_T(window->from_us), DB_T(window->to_us)};
    struct db_result *r = NULL;

    if (!db_run(db, "hops_wanted", args, 2, &r, err))
        return false;
    window->wanted = db_int(r, 0, 0);
    window->services = db_int(r, 0, 1);
    db_result_free(r);
    return true;
}

/* ---------------------------------------------------------------- what is not as it ought to be */

struct late { /* hand-overs from before the window, by what is known of them */
    str *queue_ids;
    int64_t *messages;
    size_t count;
};

/* Too many to name: then the window reaches back to all of them. */
static bool find_late(struct db *db, int64_t from_us, int64_t to_us, int64_t *since_us, struct arena *arena,
                      struct late *out, struct err *err)
{
    const struct db_arg args[] = {DB_T(from_us), DB_T(to_us), DB_T(*since_us)};
    struct db_result *r = NULL;

    if (!db_run(db, "hops_late", args, 3, &r, err))
        return false;
    const bool all = db_rows(r) > LATE_MOST;
    out->count = all ? 0 : db_rows(r);
    *since_us -= all ? LIFE_US : 0;
    out->queue_ids = arena_alloc(arena, (out->count + 1) * sizeof *out->queue_ids);
    out->messages = arena_alloc(arena, (out->count + 1) * sizeof *out->messages);
    for (size_t i = 0; i < out->count; i++) {
        out->queue_ids[i] = arena_str(arena, db_text(r, i, 0));
        out->messages[i] = db_int(r, i, 1);
    }
    db_result_free(r);
    return true;
}

static struct hop_change change_of(const struct db_result *r, size_t i, struct arena *arena)
{
    return (struct hop_change){
        .kind = (char)db_int(r, i, 0),
        .node_id = (uint64_t)db_int(r, i, 1),
        .queue_id = arena_str(arena, db_text(r, i, 2)),
        .message_id_hash = (uint64_t)db_int(r, i, 3),
        .recipient_hash = (uint64_t)db_int(r, i, 4),
        .at_us = db_time(r, i, 5),
        .handed = db_int(r, i, 6),
        .stream_id = (uint64_t)db_int(r, i, 7),
        .sasl_user_id = (uint64_t)db_int(r, i, 8),
        .began_as = (char)db_int(r, i, 9),
    };
}

static bool found(struct db *db, uint64_t *lives, bool *again, struct err *err)
{
    struct db_result *r = NULL;

    if (!db_run(db, "hops_found", NULL, 0, &r, err))
        return false;
    *lives = (uint64_t)db_int(r, 0, 0);
    *again = db_int(r, 0, 1);
    db_result_free(r);
    return true;
}

bool hops_clean(struct db *db, struct err *err)
{
    return db_run(db, "hops_clean_changes", NULL, 0, NULL, err) && db_run(db, "hops_clean_rows", NULL, 0, NULL, err);
}

static bool set_nested(struct db *db, str on, struct err *err)
{
    const struct db_arg arg = DB_S(on);

    return db_run(db, "hops_plan", &arg, 1, NULL, err);
}

bool hops_find(struct db *db, const struct hop_window *window, struct arena *arena, uint64_t *lives, bool *again,
               struct err *err)
{
    int64_t since_us = window->from_us - MARGIN_US;
    const int64_t until_us = window->to_us + MARGIN_US;
    struct late late;

    if (!hops_clean(db, err) || !find_late(db, window->from_us, window->to_us, &since_us, arena, &late, err))
        return false;
    const struct db_arg args[] = {
        DB_T(since_us),
        DB_T(until_us),
        DB_TEXTS(DB_TEXT_ARRAY, late.queue_ids, late.count),
        DB_INTS(DB_INT8_ARRAY, late.messages, late.count),
        DB_T(until_us + (window->services ? LIFE_US : FIRST_TRY_US)),
    };
    const struct db_arg all[] = {DB_T(since_us - 2 * LIFE_US), DB_T(until_us + 2 * LIFE_US)};
    return set_nested(db, STR("off"), err) && db_run(db, "hops_find", args, 5, NULL, err) &&
           set_nested(db, STR("on"), err) && found(db, lives, again, err) &&
           (*lives == 0 || db_run(db, "hops_rows", all, 2, NULL, err));
}

static bool read_changes(struct db *db, const struct db_arg *args, struct arena *arena, struct hop_lives *out,
                         struct err *err)
{
    struct db_result *r = NULL;

    if (!db_run(db, "hops_life_changes", args, 2, &r, err))
        return false;
    out->change_count = db_rows(r);
    out->changes = arena_alloc(arena, (out->change_count + 1) * sizeof *out->changes);
    for (size_t i = 0; i < out->change_count; i++)
        out->changes[i] = change_of(r, i, arena);
    db_result_free(r);
    return true;
}

bool hops_lives(struct db *db, uint64_t from, uint64_t to, struct arena *arena, struct hop_lives *out, struct err *err)
{
    const struct db_arg args[] = {DB_I8(from), DB_I8(to)};
    struct db_result *r = NULL;

    if (!read_changes(db, args, arena, out, err) || !db_run(db, "hops_life_rows", args, 2, &r, err))
        return false;
    out->row_count = db_rows(r);
    out->rows = arena_alloc(arena, (out->row_count + 1) * sizeof *out->rows);
    for (size_t i = 0; i < out->row_count; i++)
        out->rows[i] = restate_row_of(r, i, arena);
    db_result_free(r);
    return true;
}

bool hops_returned_again(struct db *db, const int64_t *message_id_hashes, const int64_t *recipient_hashes, size_t count,
                         struct err *err)
{
    const struct db_arg args[] = {
        DB_INTS(DB_INT8_ARRAY, message_id_hashes, count),
        DB_INTS(DB_INT8_ARRAY, recipient_hashes, count),
    };

    return count == 0 || db_run(db, "returned_again", args, 2, NULL, err);
}

#include "store/in_hand.h"

#include "base/clock.h"

enum { ASIDE = 1000, MAX_LEFT = 20000 }; /* tries of a mail that was set aside */
static const int64_t NO_OFFSET = -1;     /* the note is of a mail, not of a batch */

bool in_hand_look(struct db *side, struct arena *arena, struct in_hand_left *out, struct err *err)
{
    const struct db_arg args[] = {DB_T(clock_now_us() - 7 * CLOCK_DAY), DB_I4(ASIDE), DB_I4(MAX_LEFT)};
    struct db_result *rows = NULL;

    *out = (struct in_hand_left){.aside = NULL};
    if (!db_run(side, "in_hand_left", args, 3, &rows, err))
        return false;
    uint64_t *aside = arena_alloc(arena, (db_rows(rows) + 1) * sizeof *aside);
    for (size_t i = 0; i < db_rows(rows); i++)
        if (db_int(rows, i, 2) >= ASIDE)
            aside[out->aside_count++] = (uint64_t)db_int(rows, i, 0);
        else if (db_int(rows, i, 1) == NO_OFFSET)
            out->mail = true;
        else
            out->batch = true;
    out->aside = aside;
    db_result_free(rows);
    return true;
}

static bool take(struct db *side, uint64_t id, int64_t offset, int *tries, struct err *err)
{
    const struct db_arg args[] = {DB_I8(id), DB_I8(offset), DB_T(clock_now_us())};
    struct db_result *rows = NULL;

    if (!db_run(side, "in_hand_take", args, 3, &rows, err))
        return false;
    *tries = (int)db_int(rows, 0, 0);
    db_result_free(rows);
    return true;
}

static bool put_down(struct db *side, uint64_t id, int64_t offset, struct err *err)
{
    const struct db_arg args[] = {DB_I8(id), DB_I8(offset)};

    return db_run(side, "in_hand_put_down", args, 2, NULL, err);
}

bool in_hand_take_batch(struct db *side, uint64_t input_id, uint64_t offset, struct err *err)
{
    int tries;

    return take(side, input_id, (int64_t)offset, &tries, err);
}

bool in_hand_put_batch(struct db *side, uint64_t input_id, uint64_t offset, struct err *err)
{
    return put_down(side, input_id, (int64_t)offset, err);
}

bool in_hand_take_mail(struct db *side, uint64_t mail, int *deaths, struct err *err)
{
    int tries;

    if (!take(side, mail, NO_OFFSET, &tries, err))
        return false;
    *deaths = tries - 1;
    return true;
}

bool in_hand_put_mail(struct db *side, uint64_t mail, struct err *err)
{
    return put_down(side, mail, NO_OFFSET, err);
}

bool in_hand_set_aside(struct db *side, uint64_t mail, struct err *err)
{
    const struct db_arg args[] = {DB_I8(mail), DB_I8(NO_OFFSET), DB_I4(ASIDE)};

    return db_run(side, "in_hand_set_aside", args, 3, NULL, err);
}

bool in_hand_forget(struct db *side, int64_t before_us, struct err *err)
{
    const struct db_arg args[] = {DB_I8(NO_OFFSET), DB_T(before_us)};

    return db_run(side, "in_hand_forget", args, 2, NULL, err);
}

#include "store/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/embed.h"
#include "base/hash.h"
#include "model/address.h"

enum { DIGEST_TEXT = 33, DAYS_MOST = 400, BOOTSTRAP_TRIES = 250, BOOTSTRAP_WAIT_US = 20 * 1000 };

/* ---------------------------------------------------------------- what is built in */

struct migration {
    int version;
    char name[80]; /* "migrations/0001_base", as db_script() takes it */
    char digest[DIGEST_TEXT];
};

static const char folder[] = "migrations/";

static void digest_text(str content, char out[DIGEST_TEXT])
{
    const struct hash128 digest = hash128(content);

    snprintf(out, DIGEST_TEXT, "%016llx%016llx", (unsigned long long)digest.high, (unsigned long long)digest.low);
}

/* The table of embedded files is sorted, so migrations come in their order. */
static bool next_migration(size_t *at, struct migration *out)
{
    for (; *at < embedded_sql.count; (*at)++) {
        const struct embedded *file = &embedded_sql.files[*at];
        const str name = str_of(file->name);
        if (!str_starts(name, str_of(folder)) || !str_ends(name, STR(".sql")))
            continue;
        out->version = atoi(file->name + sizeof folder - 1);
        snprintf(out->name, sizeof out->name, "%.*s", (int)(name.n - 4), file->name);
        digest_text(embedded_text(file), out->digest);
        (*at)++;
        return true;
    }
    return false;
}

int schema_version_built_in(void)
{
    struct migration m = {0};
    size_t at = 0;

    while (next_migration(&at, &m))
        continue;
    return m.version;
}

static const struct embedded *policy_defaults(void)
{
    return embedded_find(&embedded_sql, "queries/policy_defaults.sql");
}

/* ---------------------------------------------------------------- what the database has */

/* Answers like db_run(), with *out NULL when there is no schema yet. */
static bool read_applied(struct db *db, const char *query, struct db_result **out, struct err *err)
{
    if (db_run(db, query, NULL, 0, out, err))
        return true;
    if (strcmp(db_sqlstate(db), "42P01") != 0) /* undefined table */
        return false;
    *out = NULL;
    return true;
}

static size_t row_of(const struct db_result *applied, int version)
{
    size_t row = 0;

    while (row < db_rows(applied) && db_int(applied, row, 0) != version)
        row++;
    return row;
}

static int newest(const struct db_result *applied)
{
    return db_rows(applied) ? (int)db_int(applied, db_rows(applied) - 1, 0) : 0;
}

bool schema_version(struct db *db, int *version, struct err *err)
{
    struct db_result *applied;

    *version = 0;
    if (!read_applied(db, "schema_applied", &applied, err))
        return false;
    if (applied)
        *version = newest(applied);
    db_result_free(applied);
    return true;
}

/* 1: as built in   0: not applied   -1: another one, err filled */
static int compare(const struct db_result *applied, const struct migration *m, struct err *err)
{
    const size_t row = row_of(applied, m->version);

    if (row == db_rows(applied))
        return 0;
    const str there = db_text(applied, row, 2);
    if (str_eq(there, str_of(m->digest)))
        return 1;
    err_set(err, ERR_CONFIG,
            "database: another version of rebound made it: its migration %d (%.*s) has digest %.*s, built in is %s; use that "
            "version, or another database (--database, REBOUND_DATA)",
            m->version, STR_ARG(db_text(applied, row, 1)), STR_ARG(there), m->digest);
    return -1;
}

/* Finds the first migration that is missing; version 0 when all are there. */
static bool first_missing(const struct db_result *applied, struct migration *out, struct err *err)
{
    const int built_in = schema_version_built_in();
    size_t at = 0;

    if (newest(applied) > built_in)
        return err_set(err, ERR_CONFIG, "database: its schema is %d, made by a newer rebound; this one knows up to %d",
                       newest(applied), built_in);
    while (next_migration(&at, out)) {
        const int found = compare(applied, out, err);
        if (found <= 0)
            return found == 0;
    }
    out->version = 0;
    return true;
}

/* ---------------------------------------------------------------- upgrading */

/* Two at once may both find nothing; the one that comes second fails at the catalog's unique key and asks again, a
   little later: the first one's commit stops others before they are told of it. */
static bool bootstrap(struct db *db, struct err *err)
{
    static const char *const once_more[] = {"23505", "42P06", "42P07", "XX000"};

    for (int tries = 1; !db_script(db, "schema_bootstrap", err); tries++) {
        bool again = false;
        for (size_t i = 0; i < sizeof once_more / sizeof *once_more; i++)
            again = again || strcmp(db_sqlstate(db), once_more[i]) == 0;
        if (!again || tries == BOOTSTRAP_TRIES)
            return false;
        usleep(BOOTSTRAP_WAIT_US);
    }
    return true;
}

static bool apply(struct db *db, const struct migration *m, struct err *err)
{
    const struct db_arg row[] = {DB_I4(m->version), DB_S(str_of(m->name + sizeof folder - 1)), DB_S(str_of(m->digest)),
                                 DB_T(clock_now_us())};

    return db_script(db, m->name, err) && db_run(db, "schema_applied_add", row, 4, NULL, err);
}

/* One migration under the lock. *more tells whether one was applied. */
static bool step(struct db *db, bool *more, struct err *err)
{
    struct db_result *applied = NULL;
    struct migration m = {0};

    const bool good = db_script(db, "schema_lock", err) && db_run(db, "schema_applied", NULL, 0, &applied, err) &&
                      first_missing(applied, &m, err) && (m.version == 0 || apply(db, &m, err));
    db_result_free(applied);
    *more = good && m.version != 0;
    return good;
}

static bool in_transaction(struct db *db, bool (*work)(struct db *, bool *, struct err *), bool *answer,
                           struct err *err)
{
    if (!db_begin(db, err))
        return false;
    if (work(db, answer, err))
        return db_commit(db, err);
    db_rollback(db);
    return false;
}

static bool add_policy(struct db *db, bool *added, struct err *err)
{
    const struct embedded *file = policy_defaults();
    char digest[DIGEST_TEXT];

    *added = file != NULL;
    if (!file)
        return true;
    digest_text(embedded_text(file), digest);
    const struct db_arg row[] = {DB_S(STR("policy_defaults")), DB_S(str_of(digest))};
    return db_script(db, "policy_defaults", err) && db_run(db, "schema_setting_put", row, 2, NULL, err);
}

static bool upgrade(struct db *db, struct err *err)
{
    bool more = true;

    if (!bootstrap(db, err))
        return false;
    while (more)
        if (!in_transaction(db, step, &more, err))
            return false;
    return in_transaction(db, add_policy, &more, err);
}

static bool policy_is_current(const struct db_result *state)
{
    const struct embedded *file = policy_defaults();
    char digest[DIGEST_TEXT];
    const size_t row = row_of(state, 0);

    if (!file)
        return true;
    digest_text(embedded_text(file), digest);
    return row < db_rows(state) && str_eq(db_text(state, row, 2), str_of(digest));
}

bool schema_ensure(struct db *db, struct err *err)
{
    struct db_result *state;
    struct migration missing = {0};

    if (!read_applied(db, "schema_state", &state, err))
        return false;
    const bool good = !state || first_missing(state, &missing, err);
    const bool current = good && state && missing.version == 0 && policy_is_current(state);
    db_result_free(state);
    return good && (current || upgrade(db, err));
}

/* ---------------------------------------------------------------- seed and days */

static bool read_seed(struct db *db, const char *setting, uint64_t *seed, bool *found, struct err *err)
{
    const struct db_arg name = DB_S(str_of(setting));
    struct db_result *rows;

    if (!db_run(db, "schema_setting_get", &name, 1, &rows, err))
        return false;
    str text = db_rows(rows) ? db_text(rows, 0, 0) : STR("");
    *found = db_rows(rows) > 0;
    const bool good = !*found || str_take_u64(&text, seed);
    db_result_free(rows);
    return good || err_set(err, ERR_DB, "database: the setting \"%s\" is no number", setting);
}

static bool add_seed(struct db *db, const char *setting, struct err *err)
{
    uint64_t fresh = address_key_mark();
    char text[24];

    if (!address_is_keyed() && getrandom(&fresh, sizeof fresh, 0) != sizeof fresh)
        return err_set_errno(err, ERR_IO, "random numbers");
    snprintf(text, sizeof text, "%llu", (unsigned long long)fresh);
    const struct db_arg row[] = {DB_S(str_of(setting)), DB_S(str_of(text))};
    return db_run(db, "schema_setting_add", row, 2, NULL, err);
}

/* A store has either a seed or the mark of the key its addresses are hashed with: two kinds of hashes never meet. */
bool schema_seed(struct db *db, uint64_t *seed, struct err *err)
{
    const bool keyed = address_is_keyed();
    const char *const mine = keyed ? "address_key" : "seed", *const other = keyed ? "seed" : "address_key";
    bool found, otherwise = false;

    if (!read_seed(db, mine, seed, &found, err) || (!found && !read_seed(db, other, seed, &otherwise, err)))
        return false;
    if (otherwise)
        return err_set(err, ERR_CONFIG, keyed ? "[privacy] addresses: this database was begun without a key, its addresses "
                                                "cannot be found by one; hashed addresses need a database of their own"
                                              : "[privacy] addresses: this database was begun as hashed and needs its key");
    /* read back: another program's may have been first */
    if (!found && (!add_seed(db, mine, err) || !read_seed(db, mine, seed, &found, err)))
        return false;
    return !keyed || *seed == address_key_mark() ||
           err_set(err, ERR_CONFIG, "[privacy] key: this database was begun with another key");
}

bool schema_days(struct db *db, int64_t first_day, int64_t last_day, struct err *err)
{
    const struct db_arg args[] = {DB_D(first_day), DB_D(last_day)};

    if (last_day - first_day >= DAYS_MOST)
        return err_set(err, ERR_CONFIG, "database: %lld days at once (limit %d)", (long long)(last_day - first_day + 1),
                       DAYS_MOST);
    return db_run(db, "schema_event_days_between", args, 2, NULL, err);
}

bool schema_day_list(struct db *db, const int64_t *days, size_t count, struct err *err)
{
    const struct db_arg list = DB_INTS(DB_DATE_ARRAY, days, count);

    return db_run(db, "schema_event_days", &list, 1, NULL, err);
}

static bool index_day(struct db *db, int64_t day, str which, struct err *err)
{
    const struct db_arg args[] = {DB_D(day), DB_S(which)};

    return db_run(db, "schema_event_index", args, 2, NULL, err);
}

bool schema_index_day(struct db *db, int64_t day, struct err *err)
{
    return index_day(db, day, STR("recipient"), err);
}

bool schema_index_sealed_day(struct db *db, int64_t day, struct err *err)
{
    return index_day(db, day, STR("time"), err) && index_day(db, day, STR("message"), err) &&
           index_day(db, day, STR("queue"), err) && index_day(db, day, STR("hop"), err);
}

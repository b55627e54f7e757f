#include "suppress/policy.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "model/address.h"
#include "store/schema.h"

enum { MANY_RECIPIENTS = 1000 }; /* from here the planner wants fresh numbers */

struct run {
    struct db *db;
    struct arena *arena;
    const struct policy_options *options;
    struct policy_outcome *out;
    uint64_t seed;
    int64_t now_us, since_us, newest_us;
    int64_t stale_s, incident_s;
    struct db_arg hashes, domains; /* what is protected */
};

/* What a query is bound to, in this order. */
enum bound {
    BOUND_NOTHING = 0,
    BOUND_NOW = 1 << 0,
    BOUND_STALE = 1 << 1,
    BOUND_INCIDENT = 1 << 2,
    BOUND_PROTECTED = 1 << 3,
    BOUND_CAP = 1 << 4,
    BOUND_SWEEP = 1 << 5,
};

struct step {
    const char *query;
    unsigned bound;
};

static bool query(struct run *run, const char *name, unsigned bound, struct db_result **rows, struct err *err)
{
    struct db_arg args[6];
    size_t n = 0;

    if (bound & BOUND_NOW)
        args[n++] = DB_T(run->now_us);
    if (bound & BOUND_STALE)
        args[n++] = DB_I8(run->stale_s);
    if (bound & BOUND_INCIDENT)
        args[n++] = DB_I8(run->incident_s);
    if (bound & BOUND_PROTECTED) {
        args[n++] = run->hashes;
        args[n++] = run->domains;
    }
    if (bound & BOUND_CAP)
        args[n++] = DB_I8(run->options->daily_cap);
    if (bound & BOUND_SWEEP)
        args[n++] = DB_B(run->options->sweep);
    return db_run(run->db, name, args, n, rows, err);
}

static bool walk(struct run *run, const struct step *steps, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (!query(run, steps[i].query, steps[i].bound, NULL, err))
            return false;
    return true;
}
#define WALK(run, steps, err) walk(run, steps, sizeof(steps) / sizeof *(steps), err)

/* ---------------------------------------------------------------- protected names */

static void read_protected(struct run *run)
{
    const struct policy_options *o = run->options;
    int64_t *hashes = arena_alloc(run->arena, (o->protected_count + 1) * sizeof *hashes);
    str *domains = arena_alloc(run->arena, (o->protected_count + 1) * sizeof *domains);
    size_t hash_count = 0, domain_count = 0;

    for (size_t i = 0; i < o->protected_count; i++) {
        const str address = address_clean(o->protected_names[i], run->arena);
        str domain = str_trim(o->protected_names[i]);
        if (address.p) {
            hashes[hash_count++] = (int64_t)address_hash(address, run->seed);
        } else {
            str_take_char(&domain, '@');
            domains[domain_count++] = arena_lower(run->arena, domain);
        }
    }
    run->hashes = DB_INTS(DB_INT8_ARRAY, hashes, hash_count);
    run->domains = DB_TEXTS(DB_TEXT_ARRAY, domains, domain_count);
}

/* ---------------------------------------------------------------- what one row answers */

static bool read_guard(struct run *run, struct err *err)
{
    struct db_result *rows;

    if (!query(run, "policy_guard", BOUND_NOTHING, &rows, err))
        return false;
    const bool there = db_rows(rows) == 1;
    if (there) {
        run->stale_s = db_int(rows, 0, 1);
        run->incident_s = db_int(rows, 0, 2);
    }
    db_result_free(rows);
    return there || err_set(err, ERR_CONFIG, "the table policy_guard is empty: run `rebound db upgrade`");
}

static bool read_newest(struct run *run, struct err *err)
{
    struct db_result *rows;

    if (!query(run, "policy_newest", BOUND_NOTHING, &rows, err))
        return false;
    const int64_t newest_us = db_rows(rows) ? db_time(rows, 0, 0) : CLOCK_NONE;
    run->newest_us = newest_us > run->now_us ? newest_us : run->now_us;
    db_result_free(rows);
    return true;
}

static bool read_since(struct run *run, struct err *err)
{
    struct db_result *rows;

    if (!query(run, "policy_since", BOUND_NOTHING, &rows, err))
        return false;
    run->since_us = db_time(rows, 0, 0);
    run->out->recipients = db_int(rows, 0, 1);
    db_result_free(rows);
    return true;
}

static bool read_count(struct run *run, const char *name, unsigned bound, int64_t *count, struct err *err)
{
    struct db_result *rows;

    if (!query(run, name, bound, &rows, err))
        return false;
    *count = db_rows(rows) ? db_int(rows, 0, 0) : 0;
    db_result_free(rows);
    return true;
}

/* ---------------------------------------------------------------- strikes */

static bool take(struct run *run, struct err *err)
{
    const struct step mates[] = {{"policy_mates", BOUND_NOTHING}, {"policy_protect", BOUND_PROTECTED}};

    return db_script(run->db, "policy_clean", err) && db_script(run->db, "policy_take", err) &&
           WALK(run, mates, err) && read_since(run, err);
}

static bool read_deliveries(struct run *run, struct err *err)
{
    const struct db_arg args[] = {DB_T(run->since_us), DB_T(run->newest_us)};

    if (run->since_us == CLOCK_NONE)
        return true; /* nobody here has a strike */
    if (run->out->recipients >= MANY_RECIPIENTS && !db_script(run->db, "policy_analyze", err))
        return false;
    return db_run(run->db, "policy_deliveries", args, 2, NULL, err);
}

static bool weigh(struct run *run, struct err *err)
{
    static const struct step before[] = {{"policy_touch", BOUND_NOTHING}, {"policy_forget", BOUND_NOTHING}};
    static const struct step touch = {"policy_touch", BOUND_NOTHING};
    static const struct step after[] = {
        {"policy_listing_now", BOUND_NOTHING}, {"policy_lift", BOUND_NOTHING}, {"policy_incident", BOUND_INCIDENT}};

    if (!read_deliveries(run, err) || !WALK(run, before, err) ||
        !query(run, "policy_strikes", BOUND_NOTHING, NULL, err) || !walk(run, &touch, 1, err))
        return false;
    if (run->out->recipients >= MANY_RECIPIENTS && !db_script(run->db, "policy_analyze", err))
        return false;
    return WALK(run, after, err) && db_script(run->db, "policy_listing_keep", err);
}

/* ---------------------------------------------------------------- domains */

/* Keys of domains are made with the store's seed, so this one step needs C. */
static bool put_domains(struct run *run, const struct db_result *rows, struct err *err)
{
    const size_t count = db_rows(rows);
    int64_t *keys = arena_alloc(run->arena, (count + 1) * sizeof *keys);
    int64_t *ids = arena_alloc(run->arena, (count + 1) * sizeof *ids);
    str *names = arena_alloc(run->arena, (count + 1) * sizeof *names);

    for (size_t i = 0; i < count; i++) {
        ids[i] = db_int(rows, i, 0);
        names[i] = db_text(rows, i, 1);
        keys[i] = (int64_t)address_domain_hash(names[i], run->seed);
    }
    const struct db_arg args[] = {DB_INTS(DB_INT8_ARRAY, keys, count), DB_INTS(DB_INT8_ARRAY, ids, count),
                                  DB_TEXTS(DB_TEXT_ARRAY, names, count)};
    return count == 0 || db_run(run->db, "policy_domain_put", args, 3, NULL, err);
}

static bool find_domains(struct run *run, struct err *err)
{
    const struct db_arg sweep = DB_B(run->options->sweep);
    struct db_result *rows;

    if (!db_run(run->db, "policy_domain_names", &sweep, 1, &rows, err))
        return false;
    const bool done = put_domains(run, rows, err);
    db_result_free(rows);
    return done;
}

/* ---------------------------------------------------------------- entries */

static bool make_entries(struct run *run, struct err *err)
{
    static const struct step steps[] = {
        {"policy_domain_days", BOUND_NOTHING},
        {"policy_health_want", BOUND_NOTHING},
        {"policy_health", BOUND_NOTHING},
        {"policy_entries", BOUND_NOW | BOUND_STALE},
        {"policy_domain_entries", BOUND_NOW | BOUND_STALE},
        {"policy_complaints", BOUND_NOW},
        {"policy_protected", BOUND_PROTECTED},
        {"policy_manual", BOUND_NOTHING},
    };
    static const struct step caps[] = {
        {"policy_cap_mates", BOUND_CAP | BOUND_SWEEP},
        {"policy_cap", BOUND_CAP},
    };

    if (run->options->sweep && !query(run, "policy_health_stale", BOUND_NOTHING, NULL, err))
        return false;
    if (!find_domains(run, err) || !WALK(run, steps, err))
        return false;
    if (run->out->recipients >= MANY_RECIPIENTS && !db_script(run->db, "policy_analyze_entries", err))
        return false;
    return WALK(run, caps, err);
}

static void count_change(struct policy_outcome *out, str change, int64_t n)
{
    const struct {
        const char *change;
        int64_t *count;
    } counts[] = {
        {"list", &out->added},      {"activate", &out->added},   {"extend", &out->extended}, {"hold", &out->pending},
        {"release", &out->released}, {"expire", &out->expired}, {"lift", &out->lifted},
    };

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (str_eq(change, str_of(counts[i].change)))
            *counts[i].count += n;
}

static bool write_history(struct run *run, struct err *err)
{
    struct db_result *rows;

    if (!query(run, "policy_history", BOUND_NOW, &rows, err))
        return false;
    for (size_t i = 0; i < db_rows(rows); i++)
        count_change(run->out, db_text(rows, i, 0), db_int(rows, i, 1));
    db_result_free(rows);
    return true;
}

static bool apply(struct run *run, struct err *err)
{
    static const struct step again = {"policy_again", BOUND_NOTHING};
    int64_t over = 0;

    if (!write_history(run, err) ||
        !read_count(run, "policy_withdraw", BOUND_NOW | BOUND_PROTECTED, &run->out->withdrawn, err) ||
        !query(run, "policy_apply", BOUND_NOTHING, NULL, err) ||
        !read_count(run, "policy_expire", BOUND_NOW, &over, err) || !walk(run, &again, 1, err))
        return false;
    run->out->expired += over;
    return db_script(run->db, "policy_clean", err);
}

static bool changed(const struct policy_outcome *out)
{
    return out->added || out->extended || out->released || out->expired || out->pending || out->lifted || out->withdrawn;
}

static bool run_steps(struct run *run, struct err *err)
{
    return read_count(run, "policy_lock", BOUND_NOTHING, &run->out->generation, err) && read_guard(run, err) &&
           read_newest(run, err) && take(run, err) && weigh(run, err) && make_entries(run, err) && apply(run, err) &&
           (!changed(run->out) || read_count(run, "policy_generation", BOUND_NOTHING, &run->out->generation, err));
}

/* ---------------------------------------------------------------- why nobody */

static void with_commas(int64_t n, char out[32])
{
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%lld", (long long)n);
    size_t o = 0;

    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            out[o++] = ',';
        out[o++] = digits[i];
    }
    out[o] = '\0';
}

static void say_unverified(struct policy_outcome *out)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int year, month, day;
    char count[32];

    out->reason[0] = '\0';
    if (out->unverified == 0 || out->added >= out->unverified)
        return; /* a few are everyday life beside many that count */
    with_commas(out->unverified, count);
    if (out->logs_begin_us == CLOCK_NONE) {
        snprintf(out->reason, sizeof out->reason, "%s bounces unverified: there are no logs of yours", count);
        return;
    }
    clock_civil(clock_floor(out->logs_begin_us, CLOCK_DAY) / CLOCK_DAY, &year, &month, &day);
    snprintf(out->reason, sizeof out->reason, "%s bounces unverified: your logs begin %d %s", count, day, months[month - 1]);
}

static bool read_unverified(struct run *run, struct err *err)
{
    struct db_result *rows;

    if (!query(run, "policy_unverified", BOUND_NOTHING, &rows, err))
        return false;
    run->out->unverified = db_int(rows, 0, 0);
    run->out->logs_begin_us = db_time(rows, 0, 1);
    say_unverified(run->out);
    db_result_free(rows);
    return true;
}

/* ---------------------------------------------------------------- the run */

static bool run_within(struct run *run, struct err *err)
{
    return run_steps(run, err) && read_unverified(run, err);
}

static bool run_in_transaction(struct run *run, struct err *err)
{
    if (!db_begin(run->db, err))
        return false;
    const bool good = run_within(run, err);
    if (good && !run->options->dry_run)
        return db_commit(run->db, err);
    db_rollback(run->db);
    return good;
}

typedef bool run_how(struct run *run, struct err *err);

static bool run_with(struct db *db, const struct policy_options *options, struct policy_outcome *out, run_how *how,
                     struct err *err)
{
    struct run run = {.db = db, .options = options, .out = out};

    *out = (struct policy_outcome){.logs_begin_us = CLOCK_NONE};
    run.now_us = options->now_us == CLOCK_NONE ? clock_now_us() : options->now_us;
    if (!db_script(db, "policy_defaults", err) || !schema_seed(db, &run.seed, err))
        return false;
    run.arena = arena_new();
    read_protected(&run);
    const bool good = how(&run, err);
    arena_free(run.arena);
    return good;
}

bool policy_run(struct db *db, const struct policy_options *options, struct policy_outcome *out, struct err *err)
{
    return run_with(db, options, out, run_in_transaction, err);
}

bool policy_run_within(struct db *db, const struct policy_options *options, struct policy_outcome *out, struct err *err)
{
    return run_with(db, options, out, run_within, err);
}

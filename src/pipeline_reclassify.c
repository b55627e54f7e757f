/* The dictionary judged again, and what rests on it made right. */
#include "pipeline_reclassify.h"

#include "base/clock.h"
#include "store/batch.h"

/* Columns of reclassify_signatures.sql. */
enum {
    S_ID,
    S_MASKED,
    S_CODE,
    S_STATUS,
    S_PHASE,
    S_PROVIDER,
    S_CATEGORY,
    S_SEVERITY,
    S_RULE,
    S_BLOCKLIST,
    S_MISCONFIGURED,
    S_SAMPLE
};

struct job {
    struct db *db;
    struct classifier *classifier;
    const struct reclassify_options *options;
    struct reclassify_outcome *out;
    struct networks *own;
    struct batch notes, sets;
    bool lists_move; /* a blocklist is named, or no more */
    int64_t at_us;
};

/* ---------------------------------------------------------------- judging */

static struct verdict judge(struct job *job, const struct db_result *r, size_t i)
{
    struct classify_signature s = {
        .masked = db_text(r, i, S_MASKED),
        .provider = db_text(r, i, S_PROVIDER),
        .reply_code = (int)db_int(r, i, S_CODE),
    };
    str status = db_text(r, i, S_STATUS);
    struct verdict v;

    esc_take(&status, &s.enhanced_status);
    phase_of_name(db_text(r, i, S_PHASE), &s.phase);
    classify_signature(job->classifier, &s, &v);
    return v;
}

/* Which item the sample names: the masked text has it no more. */
static str item_of(struct job *job, const struct db_result *r, size_t i)
{
    const struct classify_input in = {
        .text = db_text(r, i, S_SAMPLE),
        .reply_code = (int)db_int(r, i, S_CODE),
        .provider = db_text(r, i, S_PROVIDER),
    };
    struct verdict v;

    classify_text(job->classifier, &in, &v);
    return v.listed_item;
}

static bool means_the_same(const struct db_result *r, size_t i, const struct verdict *v)
{
    return str_eq(db_text(r, i, S_CATEGORY), v->category) && str_eq(db_text(r, i, S_SEVERITY), v->severity) &&
           str_eq(db_text(r, i, S_BLOCKLIST), v->blocklist) && (db_int(r, i, S_MISCONFIGURED) != 0) == v->misconfigured;
}

static void note(struct job *job, const struct db_result *r, size_t i, const struct verdict *v)
{
    const bool lists = v->blocklist.n > 0 && !v->misconfigured;
    const str blocklist = lists ? v->blocklist : STR("");
    const str before = db_int(r, i, S_MISCONFIGURED) ? STR("") : db_text(r, i, S_BLOCKLIST);
    const bool moved = !str_eq(before, blocklist);
    const struct verdict kept = *v; /* the item is found by one more look */
    const str item = moved ? item_of(job, r, i) : STR("");
    struct batch *b = &job->notes;

    job->lists_move = job->lists_move || moved;
    batch_int(b, job->at_us);
    batch_text(b, job->options->actor);
    batch_int(b, db_int(r, i, S_ID));
    batch_text(b, kept.category);
    batch_text(b, kept.rule);
    batch_text(b, blocklist);
    batch_text(b, item);
    batch_int(b, item.n > 0 && networks_hold(job->own, item));
}

static void set(struct job *job, const struct db_result *r, size_t i, const struct verdict *v)
{
    struct batch *b = &job->sets;

    batch_int(b, db_int(r, i, S_ID));
    batch_text(b, v->category);
    batch_text(b, v->severity);
    batch_text(b, v->rule);
    batch_text(b, v->blocklist);
    batch_int(b, v->misconfigured);
}

static void judge_all(struct job *job, const struct db_result *r)
{
    job->out->signatures = (int64_t)db_rows(r);
    for (size_t i = 0; i < db_rows(r); i++) {
        const struct verdict v = judge(job, r, i);
        const bool same = means_the_same(r, i, &v);
        if (same && str_eq(db_text(r, i, S_RULE), v.rule))
            continue;
        job->out->changed++;
        job->out->meanings += !same;
        set(job, r, i, &v);
        note(job, r, i, &v);
    }
}

static bool read_and_judge(struct job *job, struct err *err)
{
    struct db_result *r;

    if (!db_run(job->db, "reclassify_signatures", NULL, 0, &r, err))
        return false;
    judge_all(job, r);
    db_result_free(r);
    return true;
}

/* ---------------------------------------------------------------- writing */

static bool run_at(struct job *job, const char *query, struct db_result **rows, struct err *err)
{
    const struct db_arg at = DB_T(job->at_us);

    return db_run(job->db, query, &at, 1, rows, err);
}

static bool run_all_at(struct job *job, const char *const *queries, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (!run_at(job, queries[i], NULL, err))
            return false;
    return true;
}

static bool read_count(struct job *job, const char *query, const struct db_arg *args, size_t count, int64_t *out,
                       struct err *err)
{
    struct db_result *r;

    if (!db_run(job->db, query, args, count, &r, err))
        return false;
    *out = db_int(r, 0, 0);
    db_result_free(r);
    return true;
}

static bool read_diff(struct job *job, struct err *err)
{
    struct reclassify_outcome *out = job->out;

    if (!run_at(job, "reclassify_diff", &out->diff, err))
        return false;
    for (size_t i = 0; i < db_rows(out->diff); i++) {
        out->deferrals += db_int(out->diff, i, DIFF_DEFERRALS);
        out->failed += db_int(out->diff, i, DIFF_FAILED);
    }
    return true;
}

static bool write_dictionary(struct job *job, struct err *err)
{
    return batch_run(&job->notes, job->db, err) && batch_run(&job->sets, job->db, err) &&
           db_script(job->db, "reclassify_analyze", err) && run_at(job, "reclassify_blocking", NULL, err);
}

/* Rows whose flag changes, with their sums. */
static bool write_rows(struct job *job, struct err *err)
{
    return run_at(job, "reclassify_lives", NULL, err) && db_script(job->db, "reclassify_analyze_lives", err) &&
           db_run(job->db, "reclassify_rows", NULL, 0, NULL, err) &&
           read_count(job, "reclassify_restated", NULL, 0, &job->out->restated, err) &&
           db_run(job->db, "reclassify_events", NULL, 0, NULL, err) &&
           db_run(job->db, "reclassify_hours", NULL, 0, NULL, err) &&
           db_run(job->db, "reclassify_open", NULL, 0, NULL, err) &&
           db_run(job->db, "reclassify_clean", NULL, 0, NULL, err);
}

/* Most changes make no signature a block that was none: then no row has to be looked at. No list depends on these
 * either, so a dry run goes without. */
static bool restate(struct job *job, struct err *err)
{
    const struct db_arg at = DB_T(job->at_us);
    int64_t crossed = 0;

    if (job->options->dry_run)
        return true;
    return read_count(job, "reclassify_crossed", &at, 1, &crossed, err) && (crossed == 0 || write_rows(job, err));
}

static bool write_rest(struct job *job, struct err *err)
{
    static const char *const always[] = {"reclassify_returned", "reclassify_due", "reclassify_health"};
    static const char *const listings[] = {"reclassify_listing_off", "reclassify_listing_on"};

    return run_all_at(job, always, sizeof always / sizeof *always, err) &&
           (!job->lists_move || run_all_at(job, listings, sizeof listings / sizeof *listings, err)) &&
           read_diff(job, err) && restate(job, err);
}

/* What is due anyway comes first, so that what the second run says is this change's doing. */
static bool run_policy(struct job *job, struct err *err)
{
    return policy_run_within(job->db, &job->options->policy, &job->out->policy, err);
}

/* No facts are written meanwhile (writers hold sealed_day): what they say would be judged by the rules of before. */
static bool work(struct job *job, struct err *err)
{
    if (!db_run(job->db, "seal_hold", NULL, 0, NULL, err) || !read_and_judge(job, err))
        return false;
    if (job->out->changed == 0)
        return read_diff(job, err);
    return run_policy(job, err) && write_dictionary(job, err) && write_rest(job, err) && run_policy(job, err);
}

static bool run_in_transaction(struct job *job, struct err *err)
{
    if (!db_begin(job->db, err))
        return false;
    const bool good = work(job, err);
    if (good && !job->options->dry_run && job->out->changed > 0)
        return db_commit(job->db, err);
    db_rollback(job->db);
    return good;
}

bool reclassify(struct db *db, struct classifier *classifier, const struct reclassify_options *options,
                struct reclassify_outcome *out, struct err *err)
{
    static const enum db_type notes[] = {DB_TIME_ARRAY, DB_TEXT_ARRAY, DB_INT8_ARRAY, DB_TEXT_ARRAY,
                                         DB_TEXT_ARRAY, DB_TEXT_ARRAY, DB_TEXT_ARRAY, DB_BOOL_ARRAY};
    static const enum db_type sets[] = {DB_INT8_ARRAY, DB_TEXT_ARRAY, DB_TEXT_ARRAY,
                                        DB_TEXT_ARRAY, DB_TEXT_ARRAY, DB_BOOL_ARRAY};
    struct job job = {.db = db, .classifier = classifier, .options = options, .out = out, .at_us = clock_now_us()};

    *out = (struct reclassify_outcome){.policy = {.logs_begin_us = CLOCK_NONE}};
    job.own = networks_new();
    for (size_t i = 0; i < options->own_count; i++)
        networks_add(job.own, options->own[i]);
    batch_init(&job.notes, "reclassify_note", notes, sizeof notes / sizeof *notes);
    batch_init(&job.sets, "reclassify_set", sets, sizeof sets / sizeof *sets);
    const bool good = run_in_transaction(&job, err);
    batch_free(&job.notes);
    batch_free(&job.sets);
    networks_free(job.own);
    if (!good) {
        db_result_free(out->diff);
        out->diff = NULL;
    }
    return good;
}

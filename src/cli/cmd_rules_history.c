/* rules: what the rules made of history, what they did not understand, and rules for that. */
#include "cli/cmd_rules_history.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/table.h"
#include "classify/ruleset.h"
#include "classify/suggest.h"
#include "cli/grid.h"
#include "store/db.h"

enum { TOP = 20, TOP_SUGGESTED = 5, TOP_MOST = 1000, SAMPLE_SHOWN = 300 };

#define AT(member) offsetof(struct rules_history_options, member)
#define ROW_FORMAT                                                                                                     \
    {                                                                                                                  \
        0, "format", "text|json", "how to write it (default: text)", OPT_CHOICE, AT(format)                            \
    }
const struct option rules_stats_options[RULES_STATS_OPTIONS] = {
    ROW_FORMAT,
    {0, "top", "N", "at most so many rules that were hit (default: all)", OPT_NUMBER, AT(top)},
};
const struct option rules_unclassified_options[RULES_UNCLASSIFIED_OPTIONS] = {
    ROW_FORMAT,
    {0, "top", "N", "at most so many texts (default: 20)", OPT_NUMBER, AT(top)},
    {0, "share", NULL, "for others to read: masked texts, codes and providers, no samples", OPT_FLAG, AT(share)},
};
const struct option rules_suggest_options[RULES_SUGGEST_OPTIONS] = {
    ROW_FORMAT,
    {0, "top", "N", "for at most so many texts (default: 5)", OPT_NUMBER, AT(top)},
};

struct job {
    struct command_context *context;
    const struct rules_history_options *options;
    struct classifier *classifier;
    struct db *db;
    struct out *out;
    struct arena *arena;
    struct json_out json;
};

static bool wants_json(const struct job *job)
{
    return str_eq(str_of(job->options->format), STR("json"));
}

static int64_t top_of(const struct job *job, int64_t otherwise)
{
    const int64_t top = job->options->top > 0 ? job->options->top : otherwise;

    return top < TOP_MOST ? top : TOP_MOST;
}

static void number(struct json_out *to, const char *key, int64_t value)
{
    json_key(to, key);
    json_int(to, value);
}

static void text(struct json_out *to, const char *key, str value)
{
    json_key(to, key);
    json_str_or_none(to, value);
}

static void begin_list(struct job *job, const char *key)
{
    json_begin_object(&job->json);
    json_key(&job->json, key);
    json_begin_array(&job->json);
}

static void end_list(struct job *job)
{
    json_end_array(&job->json);
    json_end_object(&job->json);
    buf_add_char(&job->out->buf, '\n');
}

typedef bool rules_verb(struct job *job, struct err *err);

static int with_all(struct command_context *context, rules_verb *verb)
{
    struct job job = {.context = context, .options = context->options, .out = context->out, .arena = context->arena};
    struct err err = {0};

    job.json.to = &context->out->buf;
    job.classifier = classifier_new(context->config->rules, &err);
    const bool good = job.classifier && (job.db = context_db(context, &err)) && verb(&job, &err);
    db_close(job.db);
    classifier_free(job.classifier);
    return good ? EXIT_DONE : command_fail(context, &err);
}

/* ---------------------------------------------------------------- stats */

enum { H_RULE, H_CATEGORY, H_SIGNATURES, H_HITS, H_FAILED, H_LAST };

/* What decided: a rule there is, a code where no rule did, or a rule that is gone. */
static const char *source_of(const struct rule *rule, str name)
{
    if (rule)
        return rule->user ? "own" : "built-in";
    if (name.n == 0)
        return "nothing";
    return str_starts(name, STR("registry:")) || str_starts(name, STR("code:")) ? "code" : "gone";
}

static str place_of(const struct rule *rule, struct arena *arena)
{
    return rule ? arena_printf(arena, "%.*s:%zu", STR_ARG(rule->file), rule->line) : STR("");
}

static str hour_of(int64_t at_us, struct arena *arena)
{
    char room[CLOCK_TEXT];

    return at_us == CLOCK_NONE ? STR("-") : arena_str(arena, str_of(clock_text(at_us, room)));
}

static void stat_json(struct job *job, const struct rule *rule, str name, str category, const struct db_result *r,
                      size_t i)
{
    struct json_out *to = &job->json;

    json_begin_object(to);
    text(to, "rule", name);
    text(to, "category", category);
    json_key(to, "source");
    json_str(to, str_of(source_of(rule, name)));
    text(to, "place", place_of(rule, job->arena));
    number(to, "signatures", r ? db_int(r, i, H_SIGNATURES) : 0);
    number(to, "hits", r ? db_int(r, i, H_HITS) : 0);
    number(to, "failed", r ? db_int(r, i, H_FAILED) : 0);
    json_key(to, "last_hit");
    json_time(to, r ? db_time(r, i, H_LAST) : CLOCK_NONE);
    json_end_object(to);
}

static void hits_text(struct job *job, const struct db_result *r, size_t count)
{
    static const char *const titles[] = {"rule", "category", ">hits", ">failed", ">texts", "last hit", "from", NULL};
    const struct ruleset *set = classifier_rules(job->classifier);
    struct grid grid = grid_new(job->arena, titles);

    for (size_t i = 0; i < count; i++) {
        const str name = arena_str(job->arena, db_text(r, i, H_RULE));
        const struct rule *rule = ruleset_named(set, name);
        str *cells = grid_row(&grid);
        cells[0] = name.n ? name : STR("(none)");
        cells[1] = arena_str(job->arena, db_text(r, i, H_CATEGORY));
        cells[2] = grid_number(job->arena, db_int(r, i, H_HITS));
        cells[3] = grid_number(job->arena, db_int(r, i, H_FAILED));
        cells[4] = grid_number(job->arena, db_int(r, i, H_SIGNATURES));
        cells[5] = hour_of(db_time(r, i, H_LAST), job->arena);
        cells[6] = rule ? place_of(rule, job->arena) : str_of(source_of(rule, name));
    }
    grid_print(&grid, job->out);
}

static bool was_hit(const struct table *hit, str name)
{
    const uint64_t key = hash64(name, 0);

    return table_find(hit, &key) != NULL;
}

static void never_text(struct job *job, const struct table *hit, bool user)
{
    const struct rule *const *rules;
    const size_t count = ruleset_rules(classifier_rules(job->classifier), &rules);
    size_t never = 0;

    for (size_t i = 0; i < count; i++)
        never += rules[i]->user == user && !was_hit(hit, rules[i]->name);
    if (never == 0)
        return;
    out_printf(job->out, "\n%zu %s never hit:\n", never, user ? "rules of your own" : "built-in rules");
    for (size_t i = 0; i < count; i++)
        if (rules[i]->user == user && !was_hit(hit, rules[i]->name)) {
            out_printf(job->out, "  ");
            out_show(job->out, rules[i]->name);
            out_printf(job->out, "  %.*s:%zu\n", STR_ARG(rules[i]->file), rules[i]->line);
            out_line_done(job->out);
        }
}

static void never_json(struct job *job, const struct table *hit)
{
    const struct rule *const *rules;
    const size_t count = ruleset_rules(classifier_rules(job->classifier), &rules);

    for (size_t i = 0; i < count; i++)
        if (!was_hit(hit, rules[i]->name))
            stat_json(job, rules[i], rules[i]->name, rules[i]->category, NULL, 0);
}

static void all_json(struct job *job, const struct db_result *r, size_t shown, const struct table *hit)
{
    const struct ruleset *set = classifier_rules(job->classifier);

    begin_list(job, "rules");
    for (size_t i = 0; i < shown; i++) {
        const str name = db_text(r, i, H_RULE);
        stat_json(job, ruleset_named(set, name), name, db_text(r, i, H_CATEGORY), r, i);
    }
    never_json(job, hit);
    end_list(job);
}

/* The rows with hits come first; those of texts whose events are pruned have none. */
static size_t note_hits(const struct db_result *r, struct table *hit)
{
    size_t rows = 0;

    for (; rows < db_rows(r) && db_int(r, rows, H_HITS) > 0; rows++) {
        const uint64_t key = hash64(db_text(r, rows, H_RULE), 0);
        table_add(hit, &key, NULL);
    }
    return rows;
}

static bool stats(struct job *job, struct err *err)
{
    struct db_result *r;
    struct table hit;

    if (!db_run(job->db, "rules_hits", NULL, 0, &r, err))
        return false;
    table_init(&hit, sizeof(uint64_t), 0);
    const size_t rows = note_hits(r, &hit);
    const size_t shown = job->options->top > 0 && (size_t)job->options->top < rows ? (size_t)job->options->top : rows;
    if (wants_json(job)) {
        all_json(job, r, shown, &hit);
    } else {
        hits_text(job, r, shown);
        never_text(job, &hit, true);
        never_text(job, &hit, false);
    }
    table_free(&hit);
    db_result_free(r);
    return true;
}

int run_rules_stats(struct command_context *context)
{
    return with_all(context, stats);
}

/* ---------------------------------------------------------------- unclassified */

enum { U_MASKED, U_FAILED, U_REFUSALS, U_PROVIDERS, U_NAMES, U_SAMPLE, U_CODE, U_STATUS, U_PHASE, U_PROVIDER, U_LAST };

static void codes_of(const struct db_result *r, size_t i, struct out *out)
{
    if (db_int(r, i, U_CODE))
        out_printf(out, "  %" PRId64, db_int(r, i, U_CODE));
    if (db_text(r, i, U_STATUS).n)
        out_printf(out, " %.*s", STR_ARG(db_text(r, i, U_STATUS)));
    if (db_text(r, i, U_PHASE).n)
        out_printf(out, " at %.*s", STR_ARG(db_text(r, i, U_PHASE)));
}

static void counts_of(struct job *job, const struct db_result *r, size_t i)
{
    out_printf(job->out, "%zu. %s%.*s failed%s, %.*s refusals, %.*s", i + 1, out_colour(job->out, COLOUR_STRONG),
               STR_ARG(grid_number(job->arena, db_int(r, i, U_FAILED))), out_colour(job->out, COLOUR_NONE),
               STR_ARG(grid_number(job->arena, db_int(r, i, U_REFUSALS))), STR_ARG(db_text(r, i, U_NAMES)));
    codes_of(r, i, job->out);
    out_printf(job->out, "\n");
}

static void shown_line(struct out *out, const char *name, str value)
{
    if (value.n == 0)
        return;
    out_printf(out, "   %-9s ", name);
    out_show(out, value);
    out_printf(out, "\n");
}

static void unclassified_text(struct job *job, const struct db_result *r)
{
    for (size_t i = 0; i < db_rows(r); i++) {
        counts_of(job, r, i);
        shown_line(job->out, "rules see", db_text(r, i, U_MASKED));
        if (!job->options->share)
            shown_line(job->out, "sample", str_to(db_text(r, i, U_SAMPLE), SAMPLE_SHOWN));
        out_line_done(job->out);
    }
    if (db_rows(r) == 0)
        out_printf(job->out, "every text that was read is understood\n");
}

static void unclassified_json_row(struct job *job, const struct db_result *r, size_t i)
{
    struct json_out *to = &job->json;

    json_begin_object(to);
    json_key(to, "masked");
    json_str(to, db_text(r, i, U_MASKED));
    number(to, "failed", db_int(r, i, U_FAILED));
    number(to, "refusals", db_int(r, i, U_REFUSALS));
    number(to, "provider_count", db_int(r, i, U_PROVIDERS));
    text(to, "providers", db_text(r, i, U_NAMES));
    if (db_int(r, i, U_CODE))
        number(to, "reply_code", db_int(r, i, U_CODE));
    text(to, "enhanced_status", db_text(r, i, U_STATUS));
    text(to, "phase", db_text(r, i, U_PHASE));
    if (!job->options->share) {
        text(to, "sample", db_text(r, i, U_SAMPLE));
        json_key(to, "last_seen");
        json_time(to, db_time(r, i, U_LAST));
    }
    json_end_object(to);
}

static bool ask_unclassified(struct job *job, int64_t top, struct db_result **r, struct err *err)
{
    const struct db_arg arg = DB_I8(top);

    return db_run(job->db, "rules_unclassified", &arg, 1, r, err);
}

static bool unclassified(struct job *job, struct err *err)
{
    struct db_result *r;

    if (!ask_unclassified(job, top_of(job, TOP), &r, err))
        return false;
    if (wants_json(job)) {
        begin_list(job, "unclassified");
        for (size_t i = 0; i < db_rows(r); i++)
            unclassified_json_row(job, r, i);
        end_list(job);
    } else {
        unclassified_text(job, r);
    }
    db_result_free(r);
    return true;
}

int run_rules_unclassified(struct command_context *context)
{
    return with_all(context, unclassified);
}

/* ---------------------------------------------------------------- suggest */

/* Columns of reclassify_signatures.sql. */
enum { S_ID, S_MASKED, S_CODE, S_STATUS, S_PHASE, S_PROVIDER, S_CATEGORY, S_SEVERITY, S_RULE };

static struct classify_signature signature_of(str masked, int64_t code, str status, str phase, str provider)
{
    struct classify_signature s = {.masked = masked, .reply_code = (int)code, .provider = provider};

    esc_take(&status, &s.enhanced_status);
    phase_of_name(phase, &s.phase);
    return s;
}

static void add_dictionary(struct suggest *suggest, const struct db_result *r)
{
    for (size_t i = 0; i < db_rows(r); i++) {
        const struct classify_signature s =
            signature_of(db_text(r, i, S_MASKED), db_int(r, i, S_CODE), db_text(r, i, S_STATUS), db_text(r, i, S_PHASE),
                         db_text(r, i, S_PROVIDER));
        suggest_add(suggest, &s, db_text(r, i, S_CATEGORY), db_text(r, i, S_RULE));
    }
}

static void show_known(struct out *out, const char *lead, const struct suggest_known *k)
{
    out_printf(out, "   %-9s ", lead);
    if (k->likeness > 0)
        out_printf(out, "%2.0f %% ", 100 * k->likeness);
    out_printf(out, "%.*s (", STR_ARG(k->category));
    out_show(out, k->rule.n ? k->rule : STR("no rule"));
    out_printf(out, "): ");
    out_show(out, k->masked);
    out_printf(out, "\n");
}

/* A category whose failures are the address's: what it takes may be suppressed. */
static bool may_suppress(str category)
{
    const struct category *c = classify_category(category);

    return c && (c->class == 'H' || c->class == 'T');
}

static void show_rule(struct job *job, const struct suggestion *s)
{
    struct out *out = job->out;

    if (s->rule.n == 0) {
        out_printf(out, "   too few words for a rule\n");
        return;
    }
    out_printf(out, "   history   takes %zu texts not understood, %zu of its category, %zu of others\n", s->unknown,
               s->same, s->other);
    for (size_t i = 0; i < s->other && i < SUGGEST_CONFLICTS; i++)
        show_known(out, "conflict", &s->conflicts[i]);
    if (!s->evidence)
        out_printf(out, "   evidence  does not hold: write another\n");
    if (!s->named)
        out_printf(out, "   category  nothing known is near: choose one\n");
    else if (may_suppress(s->near[0].category))
        out_printf(out, "   category  blames the address: make sure that the text does\n");
    out_printf(out, "\n");
    out_add(out, s->rule);
}

static void suggest_text(struct job *job, const struct db_result *r, size_t i, const struct suggestion *s)
{
    counts_of(job, r, i);
    shown_line(job->out, "rules see", db_text(r, i, U_MASKED));
    for (size_t n = 0; n < s->near_count; n++)
        show_known(job->out, n ? "" : "nearest", &s->near[n]);
    show_rule(job, s);
    out_printf(job->out, "\n");
    out_line_done(job->out);
}

static void known_json(struct json_out *to, const struct suggest_known *k)
{
    json_begin_object(to);
    text(to, "category", k->category);
    text(to, "rule", k->rule);
    text(to, "masked", k->masked);
    if (k->likeness > 0) {
        json_key(to, "likeness");
        json_double(to, k->likeness);
    }
    json_end_object(to);
}

static void suggest_json(struct job *job, const struct db_result *r, size_t i, const struct suggestion *s)
{
    struct json_out *to = &job->json;

    json_begin_object(to);
    json_key(to, "masked");
    json_str(to, db_text(r, i, U_MASKED));
    number(to, "failed", db_int(r, i, U_FAILED));
    number(to, "refusals", db_int(r, i, U_REFUSALS));
    text(to, "category", s->named ? s->near[0].category : STR(""));
    text(to, "proposed", s->rule);
    json_key(to, "evidence_holds");
    json_bool(to, s->evidence);
    number(to, "takes_unclassified", (int64_t)s->unknown);
    number(to, "takes_same", (int64_t)s->same);
    number(to, "takes_others", (int64_t)s->other);
    json_key(to, "nearest");
    json_begin_array(to);
    for (size_t n = 0; n < s->near_count; n++)
        known_json(to, &s->near[n]);
    json_end_array(to);
    json_key(to, "conflicts");
    json_begin_array(to);
    for (size_t n = 0; n < s->other && n < SUGGEST_CONFLICTS; n++)
        known_json(to, &s->conflicts[n]);
    json_end_array(to);
    json_end_object(to);
}

static void suggest_all(struct job *job, struct suggest *suggest, const struct db_result *r)
{
    struct suggestion s;

    for (size_t i = 0; i < db_rows(r); i++) {
        const struct classify_signature sig =
            signature_of(db_text(r, i, U_MASKED), db_int(r, i, U_CODE), db_text(r, i, U_STATUS), db_text(r, i, U_PHASE),
                         db_text(r, i, U_PROVIDER));
        suggest_rule(suggest, &sig, db_text(r, i, U_SAMPLE), &s);
        if (wants_json(job))
            suggest_json(job, r, i, &s);
        else
            suggest_text(job, r, i, &s);
    }
}

static bool suggest(struct job *job, struct err *err)
{
    struct db_result *dictionary = NULL, *r = NULL;

    if (!db_run(job->db, "reclassify_signatures", NULL, 0, &dictionary, err) ||
        !ask_unclassified(job, top_of(job, TOP_SUGGESTED), &r, err)) {
        db_result_free(dictionary);
        return false;
    }
    struct suggest *s = suggest_new(job->classifier, job->arena);
    add_dictionary(s, dictionary);
    if (wants_json(job))
        begin_list(job, "suggestions");
    suggest_all(job, s, r);
    if (wants_json(job))
        end_list(job);
    else if (db_rows(r) == 0)
        out_printf(job->out, "every text that was read is understood\n");
    suggest_free(s);
    db_result_free(r);
    db_result_free(dictionary);
    return true;
}

int run_rules_suggest(struct command_context *context)
{
    return with_all(context, suggest);
}

/* reclassify: history by the rules as they are now, shown first and then applied. */
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/grid.h"
#include "pipeline_reclassify.h"
#include "store/db.h"

enum { TRIES = 5 };

struct reclassify_args {
    bool dry_run, json;
    const char *rules, *now;
};

#define AT(member) offsetof(struct reclassify_args, member)
static const struct option rows[] = {
    {0, "dry-run", NULL, "say what would change, change nothing", OPT_FLAG, AT(dry_run)},
    {0, "rules", "DIR", "a folder of rules of one's own (default: rules.d beside the configuration)", OPT_TEXT,
     AT(rules)},
    {0, "json", NULL, "as JSON", OPT_FLAG, AT(json)},
    {0, "now", "TIME", "take this time for now, RFC 3339: for tests and old logs", OPT_TEXT, AT(now)},
};

/* ---------------------------------------------------------------- who, when, with what */

static str actor(void)
{
    const char *sudo = getenv("SUDO_USER");
    const struct passwd *user = getpwuid(getuid());

    return str_of(sudo && *sudo ? sudo : user ? user->pw_name : "operator");
}

static bool now_of(const char *text, int64_t *now_us, struct err *err)
{
    str rest = str_of(text);

    *now_us = clock_now_us();
    if (!text || (clock_take_rfc3339(&rest, now_us) && rest.n == 0))
        return true;
    return err_set(err, ERR_CONFIG, "--now: \"%s\" is no time as 2026-03-03T09:05:01Z", text);
}

static bool options_of(const struct command_context *context, struct reclassify_options *to, struct err *err)
{
    const struct reclassify_args *args = context->options;
    const struct config *c = context->config;

    *to = (struct reclassify_options){
        .actor = actor(),
        .own = c->networks_own.items,
        .own_count = c->networks_own.count,
        .dry_run = args->dry_run,
        .policy = {.protected_names = c->suppression_protected.items,
                   .protected_count = c->suppression_protected.count,
                   .daily_cap = c->suppression_daily_cap,
                   .sweep = true},
    };
    return now_of(args->now, &to->policy.now_us, err);
}

/* ---------------------------------------------------------------- what changes */

static const struct {
    const char *name;
    size_t at;
} changes[] = {
#define CHANGE(member)                                                                                                 \
    {                                                                                                                  \
#member, offsetof(struct policy_outcome, member)                                                               \
    }
    CHANGE(added),   CHANGE(extended), CHANGE(pending),   CHANGE(released),
    CHANGE(expired), CHANGE(lifted),   CHANGE(withdrawn),
#undef CHANGE
};
enum { CHANGES = sizeof changes / sizeof *changes };

static int64_t change_of(const struct policy_outcome *out, size_t i)
{
    return *(const int64_t *)((const char *)out + changes[i].at);
}

/* "category (list)" where it names one. */
static str meaning(struct arena *arena, const struct db_result *r, size_t i, size_t category, size_t blocklist)
{
    const str list = db_text(r, i, blocklist);

    return list.n ? arena_printf(arena, "%.*s (%.*s)", STR_ARG(db_text(r, i, category)), STR_ARG(list))
                  : db_text(r, i, category);
}

static void write_grid(const struct command_context *context, const struct db_result *r)
{
    static const char *const titles[] = {"was", "is", "provider", ">signatures", ">deferrals", ">failed", NULL};
    struct grid grid = grid_new(context->arena, titles);

    for (size_t i = 0; i < db_rows(r); i++) {
        str *cells = grid_row(&grid);
        cells[0] = meaning(context->arena, r, i, DIFF_OLD, DIFF_OLD_BLOCKLIST);
        cells[1] = meaning(context->arena, r, i, DIFF_NEW, DIFF_NEW_BLOCKLIST);
        cells[2] = arena_str(context->arena, db_text(r, i, DIFF_PROVIDER));
        for (size_t c = DIFF_SIGNATURES; c <= DIFF_FAILED; c++)
            cells[c] = grid_number(context->arena, db_int(r, i, c));
    }
    if (db_rows(r))
        grid_print(&grid, context->out);
}

static void write_list(struct out *out, const struct policy_outcome *policy)
{
    const char *comma = " ";

    out_printf(out, "list       ");
    for (size_t i = 0; i < CHANGES; i++)
        if (change_of(policy, i)) {
            out_printf(out, "%s%'" PRId64 " %s", comma, change_of(policy, i), changes[i].name);
            comma = ", ";
        }
    out_printf(out, comma[0] == ' ' ? " no change\n" : "\n");
}

static void write_text(const struct command_context *context, const struct reclassify_outcome *o, bool dry_run)
{
    struct out *out = context->out;

    write_grid(context, o->diff);
    out_printf(out,
               "signatures  %'" PRId64 " judged, %'" PRId64 " %s another meaning, %'" PRId64 " only another rule\n",
               o->signatures, o->meanings, dry_run ? "would get" : "got", o->changed - o->meanings);
    out_printf(out, "history     %'" PRId64 " deferrals, %'" PRId64 " failed messages", o->deferrals, o->failed);
    if (!dry_run)
        out_printf(out, ", %'" PRId64 " rows restated", o->restated);
    out_printf(out, "\n");
    write_list(out, &o->policy);
    if (dry_run)
        out_printf(out, "nothing was changed (--dry-run)\n");
}

static void member(struct json_out *to, const char *key, int64_t value)
{
    json_key(to, key);
    json_int(to, value);
}

static void write_json_row(struct json_out *to, const struct db_result *r, size_t i)
{
    json_begin_object(to);
    for (size_t c = 0; c < db_columns(r); c++) {
        json_key(to, db_column_name(r, c));
        if (c >= DIFF_SIGNATURES && c <= DIFF_FAILED)
            json_int(to, db_int(r, i, c));
        else
            json_str_or_none(to, db_text(r, i, c));
    }
    json_end_object(to);
}

static void write_json(const struct command_context *context, const struct reclassify_outcome *o, bool dry_run)
{
    struct json_out to = {.to = &context->out->buf};

    json_begin_object(&to);
    json_key(&to, "dry_run");
    json_bool(&to, dry_run);
    member(&to, "signatures", o->signatures);
    member(&to, "changed", o->changed);
    member(&to, "meanings", o->meanings);
    member(&to, "deferrals", o->deferrals);
    member(&to, "failed", o->failed);
    member(&to, "restated", o->restated);
    json_key(&to, "suppression");
    json_begin_object(&to);
    for (size_t i = 0; i < CHANGES; i++)
        member(&to, changes[i].name, change_of(&o->policy, i));
    json_end_object(&to);
    json_key(&to, "changes");
    json_begin_array(&to);
    for (size_t i = 0; i < db_rows(o->diff); i++)
        write_json_row(&to, o->diff, i);
    json_end_array(&to);
    json_end_object(&to);
    buf_add_char(&context->out->buf, '\n');
}

/* ---------------------------------------------------------------- the command */

static bool try_often(struct db *db, struct classifier *classifier, const struct reclassify_options *options,
                      struct reclassify_outcome *out, struct err *err)
{
    for (int i = 0; i < TRIES; i++) {
        *err = (struct err){0};
        if (reclassify(db, classifier, options, out, err))
            return true;
        if (err->kind != ERR_DB_RETRY)
            break;
    }
    return false;
}

static int run(struct command_context *context)
{
    const struct reclassify_args *args = context->options;
    struct reclassify_options options;
    struct reclassify_outcome outcome = {0};
    struct err err = {0};
    struct db *db = NULL;
    struct classifier *classifier = classifier_new(args->rules ? args->rules : context->config->rules, &err);
    const bool good = classifier && options_of(context, &options, &err) && (db = context_db(context, &err)) &&
                      try_often(db, classifier, &options, &outcome, &err);

    if (good && args->json)
        write_json(context, &outcome, args->dry_run);
    else if (good)
        write_text(context, &outcome, args->dry_run);
    db_result_free(outcome.diff);
    db_close(db);
    classifier_free(classifier);
    return good ? EXIT_DONE : command_fail(context, &err);
}

const struct command command_reclassify = {
    .name = "reclassify",
    .summary = "Judge all of history by the rules as they are now",
    .manual =
        "What a failure means is kept once for each masked text, so a change of rules is applied to years of history\n"
        "in seconds. Shows what changes by category and provider, and what that does to the suppression list; with\n"
        "--dry-run nothing is changed. All of it is one transaction, and what each text meant before is kept.\n\n"
        "Two things would need the replies themselves, which are not kept: the item that a list newly named lists is\n"
        "taken from one sample, and a change to or from the category suppressed leaves past outcomes as they are.",
    .options = rows,
    .option_count = sizeof rows / sizeof *rows,
    .options_bytes = sizeof(struct reclassify_args),
    .uses_database = true,
    .run = run,
};

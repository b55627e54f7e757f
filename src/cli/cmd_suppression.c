/* suppression: the list of whom not to mail, for people, and as files for relays. */
#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/suppression_show.h"
#include "store/db.h"
#include "suppress/export.h"


#define AT(member) offsetof(struct suppression_options, member)
#define ROW_SCOPE {0, "scope", "SCOPE", "global or stream:NAME", OPT_TEXT, AT(scope)}
#define ROW_REASON {0, "reason", "CATEGORY", "entries of this reason", OPT_TEXT, AT(reason)}
#define ROW_PROVIDER {0, "provider", "NAME", "entries that came from this provider", OPT_TEXT, AT(provider)}
#define ROW_NOTE {0, "note", "TEXT", "why: kept in the history", OPT_TEXT, AT(note)}
#define ROW_NOW {0, "now", "TIME", "take this time for now, RFC 3339: for tests and old logs", OPT_TEXT, AT(now)}
#define ROW_DRY_RUN {0, "dry-run", NULL, "say what would change, change nothing", OPT_FLAG, AT(dry_run)}

static const struct option list_options[] = {
    {0, "format", "text|json|csv", "how to write it (default: text)", OPT_CHOICE, AT(format)},
    {0, "state", "active|pending|expired|released|all", "default: active", OPT_CHOICE, AT(state)},
    {0, "kind", "address|domain", "addresses only, or whole domains", OPT_CHOICE, AT(kind)},
    ROW_SCOPE, ROW_REASON, ROW_PROVIDER,
};
static const struct option add_options[] = {
    ROW_SCOPE,
    {0, "ttl", "AGE", "for how long, as 30d (default: for good)", OPT_DURATION, AT(ttl_us)},
    {0, "reason", "CATEGORY", "the reason it is listed under (default: manual)", OPT_TEXT, AT(reason)},
    ROW_NOTE, ROW_NOW,
};
static const struct option release_options[] = {
    {0, "scope", "SCOPE", "only there (default: everywhere)", OPT_TEXT, AT(scope)},
    {0, "state", "active|pending|expired", "entries of this state", OPT_CHOICE, AT(state)},
    ROW_REASON, ROW_PROVIDER, ROW_NOTE, ROW_DRY_RUN, ROW_NOW,
};
static const struct option confirm_options[] = {
    ROW_REASON, ROW_PROVIDER,
    {0, "grade", "D", "bounces that no send of ours proves, of categories the policy lists", OPT_CHOICE, AT(grade)},
    ROW_NOTE, ROW_DRY_RUN, ROW_NOW,
};
static const struct option import_options[] = {
    {0, "scope", "SCOPE", "where the file says none (default: global)", OPT_TEXT, AT(scope)},
    {0, "reason", "CATEGORY", "where the file says none (default: import)", OPT_TEXT, AT(reason)},
    {0, "ttl", "AGE", "for how long where the file does not say, as 30d (default: for good)", OPT_DURATION, AT(ttl_us)},
    ROW_NOTE, ROW_DRY_RUN, ROW_NOW,
};
static const struct option export_options[] = {
    {'t', "target", "NAME", "the form (default: plain); rebound formats lists them", OPT_TEXT, AT(target)},
    {'o', "output", "FILE", "where to; - is stdout (default)", OPT_TEXT, AT(output)},
    {0, "scope", "SCOPE", "global (default of maps) or stream:NAME", OPT_TEXT, AT(scope)},
    {0, "force", NULL, "write it although it is empty or shrank", OPT_FLAG, AT(force)},
};
static const struct option verify_options[] = {
    {'t', "target", "NAME", "the form of the file", OPT_TEXT, AT(target)},
    {0, "scope", "SCOPE", "as it was exported", OPT_TEXT, AT(scope)},
};
static const struct option history_options[] = {
    {0, "format", "text|json", "how to write it (default: text)", OPT_CHOICE, AT(format)},
    {0, "top", "N", "at most so many lines (default: 100)", OPT_NUMBER, AT(top)},
};

/* ---------------------------------------------------------------- what all share */

static const char *actor(void)
{
    const char *sudo = getenv("SUDO_USER");
    const struct passwd *user = getpwuid(getuid());

    return sudo && *sudo ? sudo : user ? user->pw_name : "operator";
}

static bool now_of(const char *text, int64_t *now_us, struct err *err)
{
    str rest = str_of(text);

    *now_us = clock_now_us();
    if (!text || (clock_take_rfc3339(&rest, now_us) && rest.n == 0))
        return true;
    return err_set(err, ERR_CONFIG, "--now: \"%s\" is no time as 2026-03-03T09:05:01Z", text);
}

static bool change_of(const struct suppression_options *o, struct list_change *change, struct err *err)
{
    *change = (struct list_change){
        .actor = actor(), .note = o->note, .scope = o->scope, .reason = o->reason, .ttl_us = o->ttl_us,
    };
    return now_of(o->now, &change->now_us, err);
}

static bool hashed(const struct command_context *context)
{
    return str_eq(str_of(context->config->privacy_addresses), STR("hashed"));
}

static bool any_filter(const struct list_filter *f)
{
    return f->state || f->scope || f->reason || f->provider || f->evidence;
}

/* ---------------------------------------------------------------- add, release, confirm */

static bool each_add(struct command_context *context, struct db *db, struct err *err)
{
    struct list_change change;
    bool good = change_of(context->options, &change, err);

    for (size_t i = 0; good && i < context->args.count; i++)
        good = list_add(db, str_of(context->args.items[i]), &change, err);
    if (good)
        out_printf(context->out, "added %zu\n", context->args.count);
    return good;
}

typedef bool list_changer(struct db *db, const struct list_filter *filter, const struct list_change *change, bool dry_run,
                          int64_t *count, struct err *err);

/* Each name given, or all that fit when none is. */
static bool each_change(struct command_context *context, struct db *db, list_changer *changer, struct list_filter filter,
                        int64_t *total, struct err *err)
{
    const struct suppression_options *o = context->options;
    struct list_change change;
    int64_t count;

    *total = 0;
    if (!change_of(o, &change, err))
        return false;
    for (size_t i = 0; i < context->args.count || (i == 0 && context->args.count == 0); i++) {
        filter.who = context->args.count ? context->args.items[i] : NULL;
        if (!changer(db, &filter, &change, o->dry_run, &count, err))
            return false;
        *total += count;
    }
    return true;
}

static struct list_filter filter_of(const struct suppression_options *o)
{
    return (struct list_filter){.state = o->state, .scope = o->scope, .reason = o->reason, .provider = o->provider};
}

/* Was there something to do? A complaint is released with a reason only. */
static int say_changed(struct command_context *context, const char *done, const char *would, int64_t count)
{
    const struct suppression_options *o = context->options;

    out_printf(context->out, "%s %" PRId64 "\n", o->dry_run ? would : done, count);
    if (count == 0 && context->args.count > 0 && !o->note && strcmp(done, "released") == 0)
        log_say(SAY_NOTE, "nothing to release (a complaint wants a reason: --note TEXT)");
    return count > 0 || o->dry_run ? EXIT_DONE : EXIT_INPUT;
}

/* ---------------------------------------------------------------- import */

static bool read_fd(int fd, struct buf *to, const char *path, struct err *err)
{
    ssize_t n;

    do {
        n = read(fd, buf_reserve(to, 65536), 65536);
        if (n > 0)
            to->n += (size_t)n;
    } while (n > 0 || (n < 0 && errno == EINTR));
    return n == 0 || err_set_errno(err, ERR_IO, "%s: cannot be read", path);
}

static bool read_file(const char *path, struct buf *to, struct err *err)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    bool good;

    if (!f)
        return err_set_errno(err, ERR_CONFIG, "%s: cannot be opened", path);
    good = read_fd(fileno(f), to, path, err);
    if (f != stdin)
        fclose(f);
    return good;
}

static bool import_file(struct command_context *context, struct db *db, const char *path, bool *clean, struct err *err)
{
    const struct suppression_options *o = context->options;
    struct list_change change;
    struct list_import done;
    struct buf text = {0};
    const bool good = change_of(o, &change, err) && read_file(path, &text, err) &&
                      (list_import(db, buf_str(&text), &change, o->dry_run, &done, err) || err_within(err, "%s", path));

    buf_free(&text);
    if (!good)
        return false;
    out_printf(context->out, "read %" PRId64 ", %s %" PRId64 ", in force already %" PRId64 ", refused %" PRId64 "\n", done.read,
               o->dry_run ? "would add" : "added", done.added, done.kept, done.refused);
    if (done.refused)
        log_say(SAY_WARNING, "%s:%zu: neither an address nor a domain, or its scope is no scope (%" PRId64 " such lines)", path,
                done.first_refused_line, done.refused);
    *clean = *clean && done.refused == 0;
    return true;
}

/* ---------------------------------------------------------------- export, verify */

static const struct export_target *target_of(const struct command_context *context, struct err *err)
{
    const struct suppression_options *o = context->options;
    const char *name = o->target ? o->target : "plain";
    const struct export_target *target = export_target_named(str_of(name));

    if (!target)
        err_set(err, ERR_CONFIG, "--target: \"%s\" is not known (rebound formats lists them)", name);
    else if (hashed(context) && !target->hashes_only) {
        err_set(err, ERR_CONFIG, "--target %s: addresses are kept as hashes only (privacy.addresses = hashed): use snapshot, "
                                 "or live look-ups", name);
        target = NULL;
    }
    return target;
}

/* One generation of one target to one place. */
static bool export_to(struct command_context *context, struct db *db, const struct export_target *target, const char *scope,
                      const char *path, bool force, struct err *err)
{
    const bool to_stdout = !path || strcmp(path, "-") == 0;
    struct export_result made;
    struct buf bytes = {0};
    bool good = export_make(db, target, scope, &bytes, &made, err) && (force || export_guard(db, target, scope, &made, err));

    if (good && to_stdout)
        out_add(context->out, buf_str(&bytes));
    else if (good)
        good = export_write(path, buf_str(&bytes), err);
    buf_free(&bytes);
    if (!good || !export_done(db, target, scope, &made, err))
        return false;
    log_say(to_stdout ? SAY_DETAIL : SAY_NOTE, "%s: %s, generation %" PRId64 ", %" PRId64 " entries, sha256 %s",
            to_stdout ? "-" : path, target->name, made.generation, made.entries, made.sha256);
    if (made.left_out)
        log_say(SAY_NOTE, "%s: left out %" PRId64 " entries that %s cannot hold", to_stdout ? "-" : path, made.left_out,
                target->name);
    return true;
}

static bool export_one(struct command_context *context, struct db *db, struct err *err)
{
    const struct suppression_options *o = context->options;
    const struct export_target *target = target_of(context, err);

    return target && export_to(context, db, target, o->scope, o->output, o->force, err);
}

static bool export_configured(struct command_context *context, struct db *db, struct err *err)
{
    struct suppression_options *o = context->options;
    const struct config *c = context->config;

    if (c->target_count == 0)
        return err_set(err, ERR_CONFIG, "the configuration names no targets: [export NAME] with path = FILE");
    for (size_t i = 0; i < c->target_count; i++) {
        const struct config_target *t = &c->targets[i];
        o->target = t->format ? t->format : t->name;
        const struct export_target *target = target_of(context, err);
        if (!target || !export_to(context, db, target, t->scope, t->path, o->force, err))
            return err_within(err, "[export %s]", t->name);
    }
    return true;
}

static bool same_file(struct command_context *context, struct db *db, struct err *err)
{
    const struct suppression_options *o = context->options;
    const struct export_target *target = target_of(context, err);
    struct export_result made;
    struct buf want = {0}, have = {0};
    struct snapshot_view a, b;

    bool good = target && export_make(db, target, o->scope, &want, &made, err) &&
                read_file(context->args.items[0], &have, err);
    if (good && target->hashes_only) /* it holds the time it was made */
        good = snapshot_read(buf_str(&have), &a, err) && snapshot_read(buf_str(&want), &b, err) &&
               ((a.count == b.count && memcmp(a.hashes, b.hashes, 8 * a.count) == 0) ||
                err_set(err, ERR_INPUT, "%s: differs from the list (generation %" PRId64 ")", context->args.items[0], made.generation));
    else if (good && !str_eq(buf_str(&want), buf_str(&have)))
        good = err_set(err, ERR_INPUT, "%s: differs from the list (generation %" PRId64 ", %" PRId64 " entries, sha256 %s)",
                       context->args.items[0], made.generation, made.entries, made.sha256);
    buf_free(&want);
    buf_free(&have);
    if (good)
        out_printf(context->out, "%s is generation %" PRId64 ", %" PRId64 " entries\n", context->args.items[0], made.generation,
                   made.entries);
    return good;
}

/* ---------------------------------------------------------------- verbs */

static int with_db(struct command_context *context, bool (*act)(struct command_context *, struct db *, struct err *))
{
    struct err err = {0};
    struct db *db = context_db(context, &err);
    const bool good = db && act(context, db, &err);

    db_close(db);
    return good ? EXIT_DONE : command_fail(context, &err);
}

static int run_list(struct command_context *context)
{
    return with_db(context, show_list);
}

static int run_add(struct command_context *context)
{
    return with_db(context, each_add);
}

static int run_history(struct command_context *context)
{
    return with_db(context, show_history);
}

static int run_export(struct command_context *context)
{
    return with_db(context, export_one);
}

static int run_publish(struct command_context *context)
{
    return with_db(context, export_configured);
}

static int run_verify(struct command_context *context)
{
    return with_db(context, same_file);
}

static int run_change(struct command_context *context, list_changer *changer, struct list_filter filter, const char *done,
                      const char *would)
{
    struct err err = {0};
    struct db *db = context_db(context, &err);
    int64_t count;
    const bool good = db && each_change(context, db, changer, filter, &count, &err);

    db_close(db);
    return good ? say_changed(context, done, would, count) : command_fail(context, &err);
}

static int run_release(struct command_context *context)
{
    const struct list_filter filter = filter_of(context->options);

    if (context->args.count == 0 && !any_filter(&filter))
        return command_misuse(context, "say whom: addresses, domains, or --reason, --provider, --state, --scope");
    return run_change(context, list_release, filter, "released", "would release");
}

static int run_confirm(struct command_context *context)
{
    const struct suppression_options *o = context->options;

    return run_change(context, o->grade ? list_confirm_unverified : list_confirm, filter_of(o), "confirmed", "would confirm");
}

static int run_import(struct command_context *context)
{
    struct err err = {0};
    struct db *db = context_db(context, &err);
    bool good = db != NULL, clean = true;

    for (size_t i = 0; good && i < context->args.count; i++)
        good = import_file(context, db, context->args.items[i], &clean, &err);
    db_close(db);
    return !good ? command_fail(context, &err) : clean ? EXIT_DONE : EXIT_INPUT;
}

#define OPTIONS(rows) .options = rows, .option_count = sizeof rows / sizeof *rows, .options_bytes = sizeof(struct suppression_options)
static const struct command verbs[] = {
    {.name = "list", .args = "[WHO]", .summary = "Show the list", OPTIONS(list_options), .most_args = 1, .uses_database = true, .run = run_list},
    {.name = "add", .args = "WHO...", .summary = "List addresses or whole domains", OPTIONS(add_options), .least_args = 1,
     .most_args = SIZE_MAX, .uses_database = true, .run = run_add},
    {.name = "release", .args = "[WHO...]", .summary = "Take entries off the list",
     .manual = "They stay off for the same evidence: only later failures can list them again, and then for good.\n"
               "Without WHO all that fit the options are released. A complaint wants a reason (--note).",
     OPTIONS(release_options), .most_args = SIZE_MAX, .uses_database = true, .run = run_release},
    {.name = "confirm", .args = "[WHO...]", .summary = "Bring into force what a guard holds",
     .manual = "Entries are held (pending) when a provider seems to refuse in error, or when there are too many in a day.\n"
               "With --grade D: bounces that no send of ours proves.",
     OPTIONS(confirm_options), .most_args = SIZE_MAX, .uses_database = true, .run = run_confirm},
    {.name = "import", .args = "FILE...", .summary = "Add a list: csv with a header, JSON lines, or one name a line",
     OPTIONS(import_options), .least_args = 1, .most_args = SIZE_MAX, .uses_database = true, .run = run_import},
    {.name = "export", .summary = "Write the list for a relay or a service",
     .manual = "Written beside FILE, synced, renamed. A list that is empty or more than 20 % smaller than its last generation\n"
               "is refused (exit 1) without --force. Byte-true: for machines, not for spreadsheets.",
     OPTIONS(export_options), .uses_database = true, .run = run_export},
    {.name = "publish", .summary = "Write all targets of the configuration", OPTIONS(export_options), .uses_database = true, .run = run_publish},
    {.name = "verify", .args = "FILE", .summary = "Is a file what the list would be now?", OPTIONS(verify_options), .least_args = 1,
     .most_args = 1, .uses_database = true, .run = run_verify},
    {.name = "history", .args = "[WHO]", .summary = "Show the changes, newest first", OPTIONS(history_options), .most_args = 1,
     .uses_database = true, .run = run_history},
};

const struct command command_suppression = {
    .name = "suppression",
    .summary = "The list of whom not to mail: look, change, export",
    .verbs = verbs,
    .verb_count = sizeof verbs / sizeof *verbs,
};

/* ingest: logs and mails into the database, exactly once, with a summary at the end. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/stop.h"
#include "base/zone.h"
#include "cli/bar.h"
#include "cli/commands.h"
#include "cli/pipeline_settings.h"
#include "cli/token_keys.h"
#include "imports/imports.h"
#include "logs/formats.h"
#include "pipeline.h"
#include "serve/follow.h"
#include "store/db.h"

struct ingest_options {
    const char *format, *node, *zone, *now;
    int64_t year;
    bool overlap, dry_run, json, no_policy, follow;
};

#define AT(member) offsetof(struct ingest_options, member)
static const struct option ingest_options[] = {
    {0, "format", "NAME", "the log format (default: found out per input; rebound formats lists them)", OPT_TEXT, AT(format)},
    {0, "node", "NAME", "the relay's name for logs that name no host (default: local)", OPT_TEXT, AT(node)},
    {0, "year", "YYYY", "year of the first stamp without one (default: the newest that does not end in the future)",
     OPT_NUMBER, AT(year)},
    {0, "timezone", "ZONE", "zone of stamps that name none, as Europe/Berlin (default: UTC)", OPT_TEXT, AT(zone)},
    {0, "follow", NULL, "go on reading what is written to these logs and comes into these Maildirs, until stopped",
     OPT_FLAG, AT(follow)},
    {0, "overlap", NULL, "read an input although another told the same hours of the same relay", OPT_FLAG, AT(overlap)},
    {0, "dry-run", NULL, "read and count, write nothing; needs no database", OPT_FLAG, AT(dry_run)},
    {0, "no-policy", NULL, "leave the suppression list as it is", OPT_FLAG, AT(no_policy)},
    {0, "now", "TIME", "take this time for now, RFC 3339: for tests and old logs", OPT_TEXT, AT(now)},
    {0, "json", NULL, "the summary as JSON", OPT_FLAG, AT(json)},
};

/* ---------------------------------------------------------------- settings */

static bool now_of(const char *text, int64_t *now_us, struct err *err)
{
    str rest = str_of(text);

    *now_us = clock_now_us();
    if (!text || (clock_take_rfc3339(&rest, now_us) && rest.n == 0))
        return true;
    return err_set(err, ERR_CONFIG, "--now: \"%s\" is no time as 2026-03-03T09:05:01Z", text);
}

static bool check_options(const struct ingest_options *o, struct err *err)
{
    struct zone *zone = o->zone ? zone_new(o->zone) : NULL;
    const bool no_zone = o->zone && !zone;

    zone_free(zone);
    if (no_zone)
        return err_set(err, ERR_CONFIG, "--timezone: \"%s\" is no time zone", o->zone);
    if (o->format && !log_format_named(str_of(o->format)) && !import_format_named(str_of(o->format)))
        return err_set(err, ERR_CONFIG, "--format: \"%s\" is not known (rebound formats lists them)", o->format);
    if (o->follow && o->dry_run)
        return err_set(err, ERR_CONFIG, "--follow and --dry-run: what is not kept is not worth waiting for");
    if (o->year && (o->year < 1990 || o->year > 9999))
        return err_set(err, ERR_CONFIG, "--year: %" PRId64 " is no year", o->year);
    return true;
}

static bool settings_of(const struct command_context *context, const struct ingest_options *o,
                        struct pipeline_settings *s, struct err *err)
{
    pipeline_settings_read(context->config, s);
    s->format = o->format;
    s->node = o->node;
    s->year = (int)o->year;
    s->zone = o->zone ? o->zone : s->zone;
    s->overlap = o->overlap;
    s->dry_run = o->dry_run;
    s->no_policy = o->no_policy;
    return check_options(o, err) && now_of(o->now, &s->now_us, err) && token_keys_read(context, &s->tokens, err);
}

/* ---------------------------------------------------------------- the summary */

static const struct {
    const char *name;
    size_t at;
} numbers[] = {
#define NUMBER(member) {#member, offsetof(struct pipeline_summary, member)}
    NUMBER(inputs),        NUMBER(inputs_old),      NUMBER(inputs_refused), NUMBER(lines),
    NUMBER(events),        NUMBER(known),           NUMBER(unread),         NUMBER(oversized),
    NUMBER(partial),       NUMBER(mails),           NUMBER(mails_old),      NUMBER(bounces),
    NUMBER(complaints),    NUMBER(other_mails),     NUMBER(mails_refused),  NUMBER(joined_new),
    NUMBER(joined_known),  NUMBER(waiting),         NUMBER(suppressed_new), NUMBER(suppressed_pending),
    NUMBER(suppressed_released), NUMBER(imports), NUMBER(imports_old),    NUMBER(import_records),
    NUMBER(import_irrelevant), NUMBER(import_unread),
#undef NUMBER
};

static void write_json(const struct pipeline_summary *s, double seconds, struct out *out)
{
    struct json_out json = {.to = &out->buf};

    json_begin_object(&json);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        json_key(&json, numbers[i].name);
        json_int(&json, (int64_t) * (const uint64_t *)((const char *)s + numbers[i].at));
    }
    json_key(&json, "policy_note");
    json_str(&json, str_of(s->policy_note));
    json_key(&json, "seconds");
    json_double(&json, seconds);
    json_end_object(&json);
    buf_add_char(&out->buf, '\n');
}

static void write_logs(const struct pipeline_summary *s, struct out *out)
{
    char from[CLOCK_TEXT], to[CLOCK_TEXT];

    if (s->lines == 0)
        return;
    out_printf(out, "logs    %'12" PRIu64 " lines: %'" PRIu64 " facts, %'" PRIu64 " known lines without any, %'" PRIu64
                    " unread\n", s->lines, s->events, s->known, s->unread);
    if (s->oldest_us)
        out_printf(out, "                    %s to %s\n", clock_text(s->oldest_us, from), clock_text(s->newest_us, to));
    if (s->oversized)
        out_printf(out, "        %'12" PRIu64 " lines longer than 64 KiB: their ends were not looked at\n", s->oversized);
}

static void write_mails(const struct pipeline_summary *s, struct out *out)
{
    if (s->mails + s->mails_old == 0)
        return;
    out_printf(out, "mails   %'12" PRIu64 " read: %'" PRIu64 " bounces, %'" PRIu64 " complaints, %'" PRIu64 " others", s->mails,
               s->bounces, s->complaints, s->other_mails);
    if (s->mails_old)
        out_printf(out, "; %'" PRIu64 " were known already", s->mails_old);
    out_printf(out, "\n");
}

static void write_imports(const struct pipeline_summary *s, struct out *out)
{
    if (s->imports + s->import_unread == 0)
        return;
    out_printf(out, "figures %'12" PRIu64 " files of receivers: %'" PRIu64 " records, %'" PRIu64
                    " known lines without any, %'" PRIu64 " unread", s->imports, s->import_records, s->import_irrelevant,
               s->import_unread);
    if (s->imports_old)
        out_printf(out, "; %'" PRIu64 " were known already", s->imports_old);
    out_printf(out, "\n");
}

static void write_text(const struct pipeline_summary *s, double seconds, struct out *out)
{
    out_printf(out, "inputs  %'12" PRIu64 " read", s->inputs);
    if (s->inputs_old)
        out_printf(out, ", %'" PRIu64 " of them known to their end", s->inputs_old);
    if (s->inputs_refused)
        out_printf(out, ", %s%'" PRIu64 " set aside%s", out_colour(out, COLOUR_BAD), s->inputs_refused,
                   out_colour(out, COLOUR_NONE));
    out_printf(out, "  (%.2f s)\n", seconds);
    write_logs(s, out);
    write_mails(s, out);
    write_imports(s, out);
    if (s->joined_new + s->joined_known + s->waiting)
        out_printf(out, "joined  %'12" PRIu64 " bounces made a failure of accepted mail, %'" PRIu64
                        " told what the log had told, %'" PRIu64 " wait for their send\n", s->joined_new, s->joined_known,
                   s->waiting);
    if (s->suppressed_new + s->suppressed_pending + s->suppressed_released)
        out_printf(out, "list    %'12" PRIu64 " new, %'" PRIu64 " pending, %'" PRIu64 " released\n", s->suppressed_new,
                   s->suppressed_pending, s->suppressed_released);
    if (s->policy_note[0])
        out_printf(out, "list    %s\n", s->policy_note);
}

/* ---------------------------------------------------------------- the command */

static struct pipeline *open_pipeline(const struct command_context *context, const struct pipeline_settings *settings,
                                      struct progress *progress, struct db **facts, struct db **side, struct err *err)
{
    if (settings->dry_run)
        return pipeline_new(settings, NULL, NULL, progress, err);
    if (!(*facts = context_db(context, err)) || !(*side = context_db(context, err)))
        return NULL;
    return pipeline_new(settings, *facts, *side, progress, err);
}

static bool follow_all(struct pipeline_follow *files, struct loop *loop, const struct arguments *paths, struct err *err)
{
    for (size_t i = 0; i < paths->count; i++)
        if (!pipeline_follow_add(files, paths->items[i], err))
            return false;
    if (!pipeline_follow_start(files, err))
        return false;
    struct follow *follow = follow_new(loop, files, NULL, NULL);
    loop_run(loop);
    const bool ok = follow_ok(follow, err);
    follow_free(follow);
    return ok && stop_check(err);
}

/* Until a signal: what was committed stays, what was read since is read again the next time. */
static bool go_on_reading(struct pipeline *p, const struct arguments *paths, struct err *err)
{
    struct pipeline_follow *files = pipeline_follow_new(p, err);
    struct loop *loop = files ? loop_new(err) : NULL;
    const bool ok = loop && follow_all(files, loop, paths, err);

    loop_free(loop);
    pipeline_follow_free(files);
    return ok;
}

static bool read_all(struct pipeline *p, const struct ingest_options *o, const struct arguments *paths, struct err *err)
{
    return o->follow ? go_on_reading(p, paths, err) : pipeline_ingest(p, paths->items, paths->count, err);
}

static int run(struct command_context *context)
{
    const struct ingest_options *o = context->options;
    struct pipeline_settings settings;
    struct progress progress = {0};
    struct db *facts = NULL, *side = NULL;
    struct err err = {0};
    int status = EXIT_DONE;

    if (!settings_of(context, o, &settings, &err))
        return command_fail(context, &err);
    bar_attach(&progress, context->global.quiet);
    const int64_t started_us = clock_monotonic_us();
    struct pipeline *p = open_pipeline(context, &settings, &progress, &facts, &side, &err);
    if (!p || !read_all(p, o, &context->args, &err))
        status = command_fail(context, &err);
    if (p) {
        const struct pipeline_summary *s = pipeline_summary(p);
        const double seconds = (double)(clock_monotonic_us() - started_us) / (double)CLOCK_SECOND;
        if (o->json)
            write_json(s, seconds, context->out);
        else if (!context->global.quiet)
            write_text(s, seconds, context->out);
        if (status == EXIT_DONE && s->inputs_refused)
            status = EXIT_INPUT;
    }
    pipeline_free(p);
    db_close(facts);
    db_close(side);
    return status;
}

const struct command command_ingest = {
    .name = "ingest",
    .args = "PATH...",
    .summary = "Read relay logs, bounce mails and complaints into the database",
    .manual = "Each PATH is a file, a folder, a Maildir or - for stdin; gz, xz, zst and bz2 are read as they are. What an\n"
              "input is - a log and of which relay, one mail, an mbox - is found out from its content.\n"
              "Figures that receivers give of our mail are read as well: tables of Microsoft SNDS, answers of Google\n"
              "Postmaster Tools, SMTP TLS reports (RFC 8460). Reports show them as such, beside our own counts.\n\n"
              "Everything counts exactly once: an input is known by its content, so a log that was rotated, renamed or\n"
              "compressed is read on from where it was, and a run that was killed is simply run again. An input that\n"
              "tells the same hours of the same relay as another is set aside (--overlap reads it).\n\n"
              "With --follow it goes on: logs through every rotation, by rename or by copytruncate, and Maildirs. What is\n"
              "written is in the database within a second. A signal ends it; the next run goes on from there. Lines written\n"
              "between the copy and the cut of copytruncate are lost to every reader.\n\n"
              "Exit status 1 says that at least one input was set aside; the rest was read.",
    .options = ingest_options,
    .option_count = sizeof ingest_options / sizeof *ingest_options,
    .options_bytes = sizeof(struct ingest_options),
    .least_args = 1,
    .most_args = SIZE_MAX,
    .uses_database = true,
    .run = run,
};

/* report: any report in any form; the full page when HTML is asked without a name. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "report/render.h"
#include "store/db.h"

enum { TOP_PAGE = 50, UNDELIVERED_WHOLE = 50 };

struct report_opts {
    const char *since, *until, *by;
    const char *provider, *node, *egress, *stream, *domain;
    const char *format, *output;
    int64_t top;
    bool list, redact;
};

#define AT(member) offsetof(struct report_opts, member)
static const struct option report_options[] = {
    {'s', "since", "WHEN", "from when: 36h, 7d, 2026-03-01 or a time (default: 7d)", OPT_TEXT, AT(since)},
    {'u', "until", "WHEN", "until when (default: now, or where the data ends)", OPT_TEXT, AT(until)},
    {0, "by", "cohort|event",
     "count mail under the day of its first attempt, or when things happened (default: cohort)", OPT_CHOICE, AT(by)},
    {0, "provider", "ID", "only this provider, as gmail", OPT_TEXT, AT(provider)},
    {0, "node", "NAME", "only this relay of ours", OPT_TEXT, AT(node)},
    {0, "egress", "NAME", "only this sending address or pool", OPT_TEXT, AT(egress)},
    {0, "stream", "NAME", "only this kind of mail", OPT_TEXT, AT(stream)},
    {0, "domain", "NAME", "only this recipient domain", OPT_TEXT, AT(domain)},
    {'f', "format", "text|html|json|csv", "how to write it (default: text)", OPT_CHOICE, AT(format)},
    {'n', "top", "N", "at most so many rows a report (default: 20; 50 on the page; json and csv: all)", OPT_NUMBER,
     AT(top)},
    {'o', "output", "FILE", "write to FILE (-: standard output)", OPT_TEXT, AT(output)},
    {'l', "list", NULL, "list the reports there are", OPT_FLAG, AT(list)},
    {0, "redact", NULL, "hide addresses, domains and IP addresses", OPT_FLAG, AT(redact)},
};

struct job {
    struct command_context *context;
    const struct report_opts *opts;
    struct catalogue catalogue;
    struct db *db;
    struct answers answers;
    bool text, html, page;
};

/* ---------------------------------------------------------------- what is asked */

static bool format_is(const struct job *job, const char *name)
{
    return strcmp(job->opts->format ? job->opts->format : "text", name) == 0;
}

static int top_of(const struct job *job)
{
    if (job->opts->top > 0)
        return job->opts->top < ASK_TOP_MACHINES ? (int)job->opts->top : ASK_TOP_MACHINES;
    return job->page ? TOP_PAGE : job->text || job->html ? ASK_TOP_PEOPLE : ASK_TOP_MACHINES;
}

static bool make_question(struct job *job, struct question *q, struct err *err)
{
    const struct report_opts *o = job->opts;
    const enum window_by by = o->by && strcmp(o->by, "event") == 0 ? BY_EVENT : BY_COHORT;
    int64_t newest;

    *q = (struct question){
        .limits = {o->provider, o->node, o->egress, o->stream, o->domain}, .top = top_of(job), .redact = o->redact};
    return ask_newest(job->db, &newest, err) &&
           window_make(o->since, o->until, by, clock_now_us(), newest, &q->window, err);
}

static const struct report *find(const struct job *job, const char *name, struct err *err)
{
    const struct report *report = catalogue_find(&job->catalogue, str_of(name));

    if (!report)
        err_set(err, ERR_CONFIG, "no report is called \"%.60s\" (rebound report --list)", name);
    return report;
}

static bool ask(struct job *job, const char *name, bool aside, struct err *err)
{
    const struct report *report = find(job, name, err);

    return report && answers_add(&job->answers, job->db, report, aside, err);
}

/* What a page or a verdict is made of: a report that cannot honour a limit is left out. */
static bool ask_if_it_can(struct job *job, const char *name, bool aside, struct err *err)
{
    const struct report *report = find(job, name, err);

    if (!report)
        return false;
    if (answers_find(&job->answers, name) || ask_refuses(report, &job->answers.question))
        return true;
    return answers_add(&job->answers, job->db, report, aside, err);
}

static bool ask_page(struct job *job, struct err *err)
{
    if (!ask(job, "overview", false, err))
        return false;
    for (size_t i = 0; page_reports[i]; i++)
        if (!ask_if_it_can(job, page_reports[i], false, err))
            return false;
    return true;
}

/* The text overview names what to do, and lists the undelivered whole when they are few. */
static bool ask_overview_text(struct job *job, struct err *err)
{
    static const char *const needed[] = {"blocklists",   "providers", "categories",
                                         "suppressions", "quality",   "reputation"};
    const struct answer *o = answers_find(&job->answers, "overview");
    const int64_t undelivered = answer_count_of(o, 0, "failed") + answer_count_of(o, 0, "pending");

    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!ask_if_it_can(job, needed[i], true, err))
            return false;
    if (undelivered == 0 || undelivered > UNDELIVERED_WHOLE)
        return true;
    const int top = job->answers.question.top;
    job->answers.question.top = top > UNDELIVERED_WHOLE ? top : UNDELIVERED_WHOLE;
    const bool ok = ask_if_it_can(job, "undelivered", false, err);
    job->answers.question.top = top;
    return ok;
}

/* A table for a machine stays the one it asked for; elsewhere what belongs beside a report comes with it, if anything. */
static bool ask_beside(struct job *job, const struct report *report, struct err *err)
{
    for (size_t i = 0; report->beside[i] && !format_is(job, "csv"); i++) {
        const size_t before = job->answers.count;
        if (!ask_if_it_can(job, report->beside[i], false, err))
            return false;
        if (job->answers.count > before && job->answers.items[before].count == 0)
            job->answers.items[before].aside = true;
    }
    return true;
}

static bool ask_name(struct job *job, const char *name, struct err *err)
{
    const struct report *report = find(job, name, err);

    if (!report)
        return false;
    for (size_t i = 0; i < job->answers.count; i++)
        if (job->answers.items[i].report == report) {
            job->answers.items[i].aside = false;
            return true;
        }
    return answers_add(&job->answers, job->db, report, false, err) && ask_beside(job, report, err);
}

static bool ask_named(struct job *job, struct err *err)
{
    const struct arguments *names = &job->context->args;

    if (names->count == 0 && !ask(job, "overview", false, err))
        return false;
    for (size_t i = 0; i < names->count; i++)
        if (!ask_name(job, names->items[i], err))
            return false;
    return !job->text || !answers_find(&job->answers, "overview") || ask_overview_text(job, err);
}

/* ---------------------------------------------------------------- how it is written */

static bool render_html(struct job *job, struct buf *out, struct err *err)
{
    struct question question = job->answers.question;
    struct answer before = {0};
    bool ok = true;

    if (!job->page)
        return render_tables(out, &job->answers, err);
    question.window = window_before(&question.window);
    ok = ask_one(job->db, find(job, "overview", err), &question, &before, err) &&
         render_page(out, &job->answers, &before, err);
    db_result_free(before.rows);
    return ok;
}

static bool render(struct job *job, struct buf *out, struct err *err)
{
    const struct out *terminal = job->context->out;
    const bool to_file = job->opts->output && strcmp(job->opts->output, "-") != 0;

    if (job->html)
        return render_html(job, out, err);
    if (format_is(job, "json"))
        render_json(out, &job->answers);
    else if (format_is(job, "csv"))
        render_csv(out, &job->answers);
    else
        render_text(
            out, &job->answers,
            &(struct text_style){.width = to_file ? 100 : out_width(terminal), .colour = !to_file && terminal->colour});
    return true;
}

static bool write_whole(int fd, str bytes)
{
    while (bytes.n > 0) {
        const ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes = str_from(bytes, (size_t)n);
    }
    return true;
}

static bool write_and_close(int fd, const char *path, str bytes, struct err *err)
{
    bool ok = write_whole(fd, bytes) || err_set_errno(err, ERR_IO, "%s", path);

    if (close(fd) != 0 && ok)
        ok = err_set_errno(err, ERR_IO, "%s", path);
    return ok;
}

/* A device or a pipe is written to as it is. A file is made beside the old one and put in its place: nobody reads half
 * a report, and the old one stays when the disk is full. */
static bool write_file(struct arena *arena, const char *path, str bytes, struct err *err)
{
    const char *beside = arena_printf(arena, "%s.%ld.tmp", path, (long)getpid()).p;
    struct stat about;
    const bool special = stat(path, &about) == 0 && !S_ISREG(about.st_mode);
    const int fd =
        special ? open(path, O_WRONLY | O_CLOEXEC) : open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

    if (fd < 0)
        return err_set_errno(err, ERR_IO, "%s", path);
    bool ok = write_and_close(fd, path, bytes, err);
    if (special)
        return ok;
    if (ok && rename(beside, path) != 0)
        ok = err_set_errno(err, ERR_IO, "%s", path);
    if (!ok)
        unlink(beside);
    return ok;
}

static bool put_out(struct job *job, str bytes, struct err *err)
{
    if (job->opts->output && strcmp(job->opts->output, "-") != 0)
        return write_file(job->context->arena, job->opts->output, bytes, err);
    out_add(job->context->out, bytes);
    return true;
}

/* ---------------------------------------------------------------- the command */

static int list_reports(const struct job *job)
{
    for (size_t i = 0; i < job->catalogue.count; i++) {
        const struct report *report = &job->catalogue.reports[i];
        out_printf(job->context->out, "%-14s %.*s\n", report->name, STR_ARG(report->promise));
    }
    return EXIT_DONE;
}

static bool answer(struct job *job, struct err *err)
{
    struct question question;
    struct buf bytes = {0};

    job->db = context_db(job->context, err);
    if (!job->db || !make_question(job, &question, err))
        return false;
    answers_init(&job->answers, &question, clock_now_us(), job->context->arena);
    const bool ok = (job->page ? ask_page(job, err) : ask_named(job, err)) && render(job, &bytes, err) &&
                    put_out(job, buf_str(&bytes), err);
    buf_free(&bytes);
    return ok;
}

static int run(struct command_context *context)
{
    struct job job = {.context = context, .opts = context->options};
    struct err err = {0};

    job.text = format_is(&job, "text");
    job.html = format_is(&job, "html");
    job.page = job.html && context->args.count == 0;
    if (!catalogue_load(&job.catalogue, context->arena, &err))
        return command_fail(context, &err);
    if (job.opts->list)
        return list_reports(&job);
    for (size_t i = 0; i < context->args.count; i++)
        if (!find(&job, context->args.items[i], &err))
            return command_fail(context, &err);
    const bool ok = answer(&job, &err);
    answers_free(&job.answers);
    db_close(job.db);
    return ok ? EXIT_DONE : command_fail(context, &err);
}

const struct command command_report = {
    .name = "report",
    .args = "[NAME...]",
    .summary = "Show what became of the mail, why, and what to do",
    .manual =
        "Without a name the overview; --list names them all. With --format html and no name one self-contained page is "
        "written, to be opened, printed or mailed. A window ends now, or where the data ends when that is more than "
        "24 hours ago; a date means its first moment, UTC.",
    .options = report_options,
    .option_count = sizeof report_options / sizeof *report_options,
    .options_bytes = sizeof(struct report_opts),
    .most_args = SIZE_MAX,
    .uses_database = true,
    .run = run,
};

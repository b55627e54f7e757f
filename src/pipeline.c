#include "pipeline.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/stop.h"
#include "pipeline_parts.h"
#include "store/schema.h"

/* ---------------------------------------------------------------- life */

static struct networks *own_networks(const struct pipeline_settings *s)
{
    struct networks *own = networks_new();

    for (size_t i = 0; i < s->own_count; i++)
        networks_add(own, s->own[i]);
    return own;
}

static void init_tables(struct pipeline *p)
{
    table_init(&p->nodes, sizeof(uint64_t), sizeof(struct pipeline_node));
    table_init(&p->memories, sizeof(uint64_t), sizeof(struct pipeline_memory *));
    table_init(&p->providers, 2 * sizeof(uint64_t), sizeof(uint64_t));
    table_init(&p->own_ips, sizeof(uint64_t), 1);
    table_init(&p->hosts, sizeof(uint64_t), 1);
    table_init(&p->inbound, sizeof(uint64_t), 1);
    table_init(&p->spans, sizeof(uint64_t), sizeof(struct position_span));
}

/* The complaint rate speaks of the providers whose complaints reach us; reports read their names here. */
static bool tell_reports(struct pipeline *p, struct err *err)
{
    str names = {"", 0};

    for (size_t i = 0; i < p->settings.fbl_count; i++)
        names = arena_printf(p->arena, "%.*s%s%.*s", STR_ARG(names), i ? "," : "", STR_ARG(p->settings.fbl_providers[i]));
    const struct db_arg args[] = {DB_S(STR("fbl")), DB_S(names)};
    return names.n == 0 || db_run(p->side, "setting_put", args, 2, NULL, err);
}

struct pipeline *pipeline_new(const struct pipeline_settings *settings, struct db *facts, struct db *side,
                              struct progress *progress, struct err *err)
{
    struct pipeline *p = mem_zero(1, sizeof *p);
    const struct correlate_sink sink = {resolve_emit, p};

    p->settings = *settings;
    p->progress = progress;
    p->facts = facts;
    p->side = side;
    p->arena = arena_new();
    p->long_arena = arena_new();
    p->changes = open_changes_new();
    p->returned = returned_store_new();
    p->correlator = correlate_new(&sink);
    p->own = own_networks(settings);
    p->streams = streams_new(settings->streams, settings->stream_count, settings->kinds, settings->kind_count);
    p->last_host = p->last_instance = (str){NULL, STR_NONE};
    init_tables(p);
    bounces_start();
    p->classifier = classifier_new(settings->user_rules, err);
    bool ok = p->classifier != NULL;
    if (ok && facts) {
        p->writer = schema_seed(side, &p->seed, err) ? writer_new(facts, side, err) : NULL;
        p->imports = import_store_new();
        ok = p->writer != NULL && tell_reports(p, err);
    }
    if (!ok) {
        pipeline_free(p);
        return NULL;
    }
    return p;
}

void pipeline_free(struct pipeline *pipeline)
{
    if (!pipeline)
        return;
    bounces_stop();
    mails_free_run(pipeline);
    writer_free(pipeline->writer);
    open_changes_free(pipeline->changes);
    returned_store_free(pipeline->returned);
    import_store_free(pipeline->imports);
    correlate_free(pipeline->correlator);
    networks_free(pipeline->own);
    streams_free(pipeline->streams);
    classifier_free(pipeline->classifier);
    memories_forget(pipeline);
    table_free(&pipeline->memories);
    table_free(&pipeline->nodes);
    table_free(&pipeline->providers);
    table_free(&pipeline->own_ips);
    table_free(&pipeline->hosts);
    table_free(&pipeline->inbound);
    table_free(&pipeline->spans);
    arena_free(pipeline->arena);
    arena_free(pipeline->long_arena);
    free(pipeline);
}

const struct pipeline_summary *pipeline_summary(const struct pipeline *pipeline)
{
    return &pipeline->summary;
}

/* ---------------------------------------------------------------- what there is to read, and in which order */

enum { MAIL_TRIES = 5 };

struct task {
    char *path;
    bool maildir;
    enum content content;
    int64_t first_us; /* of the first line of a log; streams come last */
    uint64_t size;
};

struct plan {
    struct pipeline *p;
    struct task *tasks;
    size_t count, room;
    struct err err;
};

static void refuse(struct pipeline *p, const char *path, const char *why)
{
    p->summary.inputs_refused++;
    log_say(SAY_ERROR, "%s: %s", path, why);
}

static void refused(void *self, const char *path, const char *why)
{
    refuse(((struct plan *)self)->p, path, why);
}

/* Of lines whose time only their format reads. */
static int64_t first_told(const struct pipeline_settings *s, str head)
{
    enum { LINES = 20 };
    const struct log_format *format = s->format ? log_format_named(str_of(s->format)) : NULL;
    str lines[LINES], rest = head;
    size_t count = 0;

    while (!format && count < LINES && str_find_char(rest, '\n') != STR_NONE && str_take_line(&rest, &lines[count]))
        count++;
    if (!format)
        format = log_format_detect(lines, count, NULL);
    return format ? log_format_first_time(format, head) : CLOCK_NONE;
}

/* The time of a log's first readable line; logs whose stamps have no year sort as of this one. */
static int64_t first_time(struct plan *plan, str head)
{
    const struct pipeline_settings *s = &plan->p->settings;
    struct envelope *envelope = envelope_new(s->zone);
    struct log_line line = {.at_us = CLOCK_NONE};
    str text, first = head, last = head;
    int month, day;

    if (str_take_line(&first, &text) && envelope_yearless(text, &month, &day))
        envelope_set_year(envelope, s->year ? s->year : envelope_first_year(text, text, s->now_us), month);
    for (first = last; str_take_line(&first, &text);)
        if (envelope_peel(envelope, text, &line) == ENVELOPE_LINE && line.at_us != CLOCK_NONE)
            break;
    envelope_free(envelope);
    return line.at_us != CLOCK_NONE ? line.at_us : first_told(s, head);
}

static bool plan_one(void *self, struct input *in, struct err *err)
{
    struct plan *plan = self;
    const bool again = input_is_file(in) && !input_is_stdin(in);
    const str head = again ? input_peek(in, INPUT_PEEK_BYTES, err) : STR("");
    const enum content content = !again ? CONTENT_LINES : content_of(head, input_is_maildir(in));

    if (!stop_check(err))
        return false;
    if (err->kind == ERR_INPUT && head.n == 0) {
        refuse(plan->p, input_path(in), err->text);
        *err = (struct err){0};
        return true;
    }
    *err = (struct err){0}; /* what breaks off later says so when it is read */
    if (plan->p->settings.format && content != CONTENT_EMPTY && !input_is_maildir(in))
        ; /* the operator knows better */
    else if (content == CONTENT_EMPTY || content == CONTENT_UNKNOWN) {
        refuse(plan->p, input_path(in), content == CONTENT_EMPTY ? "empty" : "neither a log nor a mail (binary?)");
        return true;
    }
    if (plan->count == plan->room) {
        plan->room = plan->room * 2 + 64;
        plan->tasks = mem_grow(plan->tasks, plan->room * sizeof *plan->tasks);
    }
    plan->tasks[plan->count++] = (struct task){
        .path = mem_text(str_of(input_path(in))),
        .maildir = input_is_maildir(in),
        .content = plan->p->settings.format ? CONTENT_LINES : content,
        .first_us = again && content == CONTENT_LINES ? first_time(plan, head) : INT64_MAX,
        .size = input_size(in) > 0 ? (uint64_t)input_size(in) : 0,
    };
    return true;
}

static int by_order(const void *a, const void *b)
{
    const struct task *x = a, *y = b;
    const bool mail_x = x->content != CONTENT_LINES, mail_y = y->content != CONTENT_LINES;

    if (mail_x != mail_y)
        return mail_x - mail_y;
    if (x->first_us != y->first_us)
        return (x->first_us > y->first_us) - (x->first_us < y->first_us);
    return strcmp(x->path, y->path);
}

static void plan_free(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        free(plan->tasks[i].path);
    free(plan->tasks);
}

/* ---------------------------------------------------------------- the flow */

static bool goes_on(const struct err *err)
{
    return err->kind == ERR_INPUT;
}

/* What a stream holds is only known once it is open. */
static enum content content_now(const struct task *task, struct input *in, struct err *err)
{
    return input_is_file(in) && !input_is_stdin(in) ? task->content : content_of(input_peek(in, INPUT_PEEK_BYTES, err), false);
}

/* Lines are a log, unless they are a table or document of figures: that shows at once. */
static bool read_lines(struct pipeline *p, struct input *in, struct err *err)
{
    const struct import_format *format = import_of(p, input_peek(in, INPUT_PEEK_BYTES, &(struct err){0}));

    return format ? ingest_import(p, in, format, err) : ingest_log(p, in, err);
}

static bool read_input(struct pipeline *p, const struct task *task, struct err *err)
{
    struct input *in = input_open(task->path, task->maildir, err);

    if (!in)
        return false;
    const enum content content = p->settings.format ? CONTENT_LINES : content_now(task, in, err);
    const bool ok = content == CONTENT_LINES && !mails_commit(p, err) ? false /* a log has a transaction of its own */
                    : content == CONTENT_EMPTY   ? err_set(err, ERR_INPUT, "empty")
                    : content == CONTENT_UNKNOWN ? err_set(err, ERR_INPUT, "neither a log nor a mail (binary?)")
                    : content == CONTENT_LINES   ? read_lines(p, in, err)
                                                 : ingest_mails(p, in, content, err);
    input_close(in);
    return ok;
}

static bool read_task(struct pipeline *p, const struct task *task, struct err *err)
{
    p->summary.inputs++;
    if (read_input(p, task, err))
        return true;
    if (!goes_on(err))
        return err_within(err, "%s", task->path);
    refuse(p, task->path, err->text);
    *err = (struct err){0};
    return true;
}

static bool read_range(struct pipeline *p, const struct plan *plan, size_t from, size_t to, struct err *err)
{
    for (size_t i = from; i < to; i++) {
        if (!stop_check(err) || !read_task(p, &plan->tasks[i], err))
            return false;
        p->done_before += plan->tasks[i].size;
        if (p->progress)
            p->progress->done_bytes = p->done_before;
    }
    return mails_commit(p, err);
}

/* Mails are known by their digest, so after a lost batch all of them are simply read again. */
static bool read_mails(struct pipeline *p, const struct plan *plan, size_t from, struct err *err)
{
    const struct pipeline_summary before = p->summary;

    for (int tries = 0; tries < MAIL_TRIES; tries++) {
        if (read_range(p, plan, from, plan->count, err))
            return true;
        mails_undo(p);
        if (err->kind != ERR_DB_RETRY)
            return false;
        log_say(SAY_DETAIL, "%s: the mails once more", err->text);
        p->summary = before;
        *err = (struct err){0};
    }
    return err_set(err, ERR_DB, "mails: another rebound was always quicker; run it again");
}

static bool read_tasks(struct pipeline *p, const struct plan *plan, struct err *err)
{
    uint64_t total = 0;
    size_t logs = 0;

    for (size_t i = 0; i < plan->count; i++) {
        total += plan->tasks[i].size;
        logs += plan->tasks[i].content == CONTENT_LINES; /* they come first */
    }
    if (p->progress)
        progress_start(p->progress, total);
    p->done_before = 0;
    return read_range(p, plan, 0, logs, err) && read_mails(p, plan, logs, err);
}

static bool conclude(struct pipeline *p, struct err *err)
{
    if (!p->writer)
        return true;
    if (p->progress)
        progress_stage(p->progress, "joining");
    return restate_lives(p, err) && db_run(p->facts, "statistics_ensure", NULL, 0, NULL, err) && join_hops(p, err) &&
           join_returned(p, err) && seal_days(p, err) && (p->settings.no_policy || run_policy(p, err));
}

bool pipeline_ingest(struct pipeline *pipeline, const char *const *paths, size_t count, struct err *err)
{
    struct plan plan = {.p = pipeline};
    const struct input_visitor visitor = {plan_one, refused, &plan};
    bool ok = input_walk(paths, count, &visitor, err);

    if (ok && plan.count)
        qsort(plan.tasks, plan.count, sizeof *plan.tasks, by_order);
    ok = ok && read_tasks(pipeline, &plan, err) && conclude(pipeline, err);
    if (pipeline->progress)
        progress_end(pipeline->progress);
    plan_free(&plan);
    return ok;
}

/* The pipeline on growing logs and filling Maildirs. */
#include "pipeline_follow.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/stop.h"
#include "intake/watch.h"
#include "pipeline_parts.h"
#include "suppress/policy.h"

enum { BATCH_BYTES = 4 << 20 };                         /* some ten thousand rows */
#define READ_EVERY_US (200 * INT64_C(1000))             /* of one file */
#define QUIET_US (2 * CLOCK_SECOND)                     /* a mailbox is whole when its writer paused so long */
#define SETTLE_EVERY_US CLOCK_SECOND
#define SETTLE_SHARE 5                                  /* at most a fifth of the time goes there */
#define SWEEP_EVERY_US (10 * CLOCK_MINUTE)
#define PAUSE_LEAST_US CLOCK_SECOND
#define PAUSE_MOST_US CLOCK_MINUTE

struct followed {
    struct followed *next;
    uint32_t id;
    char *path;
    struct input *last;  /* its end, kept open when the watch let go of it with something unread */
    enum content content; /* 0: not known yet */
    const struct import_format *import; /* lines that are figures of a receiver; NULL: a log */
    bool goes_on;        /* it was read to its end before and only grew since */
    bool due, rotated;   /* has more to read; what was cut off may stand in a rotated form */
    int64_t grew_us, next_us, pause_us;
    struct err trouble;  /* as it was told */
};

struct filed { /* a mail that came into a folder */
    struct filed *next;
    char *path;
};

struct followed_name {
    struct followed_name *next;
    char *path;
    bool maildir;
};

struct pipeline_follow {
    struct pipeline *p;
    struct watch *watch;
    struct followed_name *names;
    struct followed *files;
    struct filed *mails, **last_mail;
    int64_t mails_next_us, mails_pause_us, mails_since_us;
    int64_t started_us;       /* wall clock; mails from before it were read by pipeline_follow_start() */
    int64_t now_from_us, now_us; /* settings.now_us at a monotonic time: it goes on from there */
    bool started;
    bool steady;              /* since lives were last taken up only logs that went on were read */
    bool changed;             /* committed since the last policy run */
    int64_t settle_next_us, sweep_next_us, pause_us;
    bool away;
    uint64_t policy_runs;
};

struct pipeline_follow *pipeline_follow_new(struct pipeline *pipeline, struct err *err)
{
    struct pipeline_follow *f = mem_zero(1, sizeof *f);

    f->last_mail = &f->mails;
    f->watch = watch_new(WATCH_GRACE_US, err);
    if (!f->watch) {
        free(f);
        return NULL;
    }
    f->started_us = clock_now_us();
    f->sweep_next_us = clock_monotonic_us() + SWEEP_EVERY_US;
    pipeline_follow_use(f, pipeline);
    return f;
}

static void free_file(struct followed *file)
{
    input_close(file->last);
    free(file->path);
    free(file);
}

static void drop_first_mail(struct pipeline_follow *f)
{
    struct filed *mail = f->mails;

    f->mails = mail->next;
    if (!f->mails)
        f->last_mail = &f->mails;
    free(mail->path);
    free(mail);
}

void pipeline_follow_free(struct pipeline_follow *follow)
{
    if (!follow)
        return;
    for (struct followed *file = follow->files, *next; file; file = next) {
        next = file->next;
        free_file(file);
    }
    for (struct followed_name *name = follow->names, *next; name; name = next) {
        next = name->next;
        free(name->path);
        free(name);
    }
    while (follow->mails)
        drop_first_mail(follow);
    watch_free(follow->watch);
    free(follow);
}

void pipeline_follow_use(struct pipeline_follow *follow, struct pipeline *pipeline)
{
    follow->p = pipeline;
    follow->steady = false;
    if (follow->started)
        pipeline->settings.batch_bytes = BATCH_BYTES;
    follow->now_us = pipeline->settings.now_us;
    follow->now_from_us = clock_monotonic_us();
}

int pipeline_follow_fd(const struct pipeline_follow *follow)
{
    return watch_fd(follow->watch);
}

/* ---------------------------------------------------------------- what is followed */

static bool is_folder(const char *path, const char *below)
{
    char full[PATH_MAX];
    struct stat st;

    return snprintf(full, sizeof full, "%s%s", path, below) < (int)sizeof full && stat(full, &st) == 0 &&
           S_ISDIR(st.st_mode);
}

static void watch_maildir(struct watch *watch, const char *path)
{
    static const char *const below[] = {"new", "cur"};
    char full[PATH_MAX];

    for (size_t i = 0; i < 2; i++)
        if (snprintf(full, sizeof full, "%s/%s", path, below[i]) < (int)sizeof full)
            watch_add(watch, full, true);
}

static bool can_follow(const char *path, bool maildir, struct err *err)
{
    struct stat st;

    if (strcmp(path, "-") == 0)
        return err_set(err, ERR_CONFIG, "stdin cannot be followed: it is read to its end anyway");
    if (maildir || stat(path, &st) != 0 || S_ISREG(st.st_mode))
        return true; /* what is not there may come */
    if (S_ISDIR(st.st_mode))
        return err_set(err, ERR_CONFIG, "%s: is no Maildir; name the logs in it that are to be followed", path);
    return err_set(err, ERR_CONFIG, "%s: only files and Maildirs can be followed", path);
}

bool pipeline_follow_add(struct pipeline_follow *follow, const char *path, struct err *err)
{
    const bool maildir = is_folder(path, "/new") && is_folder(path, "/cur");
    struct followed_name **last = &follow->names;

    for (; *last; last = &(*last)->next)
        if (strcmp((*last)->path, path) == 0)
            return true;
    if (!can_follow(path, maildir, err))
        return false;
    *last = mem_zero(1, sizeof **last);
    (*last)->path = mem_text(str_of(path));
    (*last)->maildir = maildir;
    if (maildir)
        watch_maildir(follow->watch, path);
    else
        watch_add(follow->watch, path, false);
    return true;
}

/* ---------------------------------------------------------------- reading one input */

/* Known to its end is what a followed input is most of the time: not worth counting. */
static bool read_log(struct pipeline *p, struct input *in, struct err *err)
{
    const struct pipeline_summary before = p->summary;
    const bool ok = ingest_log(p, in, err);

    p->summary.inputs_old = before.inputs_old;
    p->summary.partial = before.partial;
    return ok;
}

/* Read on if some of it was read before; what nobody asked for is left alone. */
static bool read_known(void *self, struct input *in, struct err *err)
{
    struct pipeline *p = self;
    const str head = arena_str(p->long_arena, input_peek(in, INPUT_PEEK_BYTES, err));
    struct position *known = NULL;
    struct hash128 first;
    size_t count = 0;
    bool begun = false;

    *err = (struct err){0};
    if (!p->writer || !log_hash(head, &first))
        return true;
    if (!position_candidates(p->side, first.low, p->long_arena, &known, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        begun = begun || known[i].position > 0;
    if (!begun || read_log(p, in, err) || err->kind != ERR_INPUT)
        return !err->kind;
    log_say(SAY_WARNING, "%s: %s", input_path(in), err->text);
    *err = (struct err){0};
    return true;
}

static void not_read(void *self, const char *path, const char *why)
{
    (void)self;
    log_say(SAY_DETAIL, "%s: %s", path, why);
}

static bool read_rotated(struct pipeline *p, const char *path, struct err *err)
{
    const struct input_visitor visitor = {read_known, not_read, p};

    return input_walk_rotated(path, &visitor, err);
}

bool pipeline_follow_start(struct pipeline_follow *follow, struct err *err)
{
    size_t count = 0, n = 0;
    bool ok = true;

    for (const struct followed_name *name = follow->names; name; name = name->next)
        count++;
    const char **paths = mem_zero(count + 1, sizeof *paths);
    for (const struct followed_name *name = follow->names; ok && name; name = name->next) {
        ok = name->maildir || read_rotated(follow->p, name->path, err);
        struct stat st;
        if (ok && stat(name->path, &st) == 0 && (name->maildir || st.st_size > 0))
            paths[n++] = name->path;
    }
    ok = ok && pipeline_ingest(follow->p, paths, n, err);
    free(paths);
    follow->p->settings.batch_bytes = BATCH_BYTES;
    follow->started = true;
    follow->policy_runs++;
    return ok;
}

/* ---------------------------------------------------------------- what the watch tells */

static struct followed *file_of(struct pipeline_follow *f, uint32_t id)
{
    for (struct followed *file = f->files; file; file = file->next)
        if (file->id == id)
            return file;
    return NULL;
}

static struct followed *file_new(struct pipeline_follow *f, const struct watch_event *event)
{
    struct followed **last = &f->files, *file = mem_zero(1, sizeof *file);

    file->id = event->file;
    file->path = mem_text(str_of(event->path));
    while (*last) /* what lost its name is read before what has it now */
        last = &(*last)->next;
    *last = file;
    return file;
}

static void note_growth(struct followed *file, bool cut)
{
    const int64_t now_us = clock_monotonic_us();

    file->grew_us = now_us;
    file->due = true;
    file->rotated = file->rotated || cut;
    if (cut) {
        file->content = CONTENT_UNKNOWN;
        file->goes_on = false;
        file->trouble = (struct err){0};
    }
}

static void note_mail(struct pipeline_follow *f, const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0 || st.st_ctim.tv_sec * CLOCK_SECOND < f->started_us - 2 * CLOCK_SECOND)
        return; /* it was there at the start */
    if (!f->mails)
        f->mails_since_us = clock_monotonic_us();
    *f->last_mail = mem_zero(1, sizeof **f->last_mail);
    (*f->last_mail)->path = mem_text(str_of(path));
    f->last_mail = &(*f->last_mail)->next;
}

static void told(void *self, const struct watch_event *event)
{
    struct pipeline_follow *f = self;
    struct followed *file = event->file ? file_of(f, event->file) : NULL;

    if (event->change == WATCH_FILED) {
        note_mail(f, event->path);
        return;
    }
    if (!file)
        file = file_new(f, event);
    if (event->change == WATCH_DONE) {
        file->last = file->due ? watch_open(f->watch, file->id, &(struct err){0}) : NULL;
        file->due = file->last != NULL;
        file->id = 0;
        return;
    }
    note_growth(file, event->change == WATCH_CUT);
}

/* ---------------------------------------------------------------- reading what is due */

static enum content look(const struct pipeline *p, struct followed *file, struct input *in)
{
    struct err err = {0};
    const str head = input_peek(in, INPUT_PEEK_BYTES, &err);

    file->import = import_of(p, head);
    if ((p->settings.format || file->import) && head.n > 0)
        return CONTENT_LINES;
    return str_find_char(head, '\n') == STR_NONE ? CONTENT_EMPTY : content_of(head, false);
}

/* Taking up a node's open messages again for a few new lines would cost more than the lines. */
static bool read_growing(struct pipeline_follow *f, struct followed *file, struct input *in, struct err *err)
{
    f->p->goes_on = file->goes_on && f->steady;
    f->steady = file->goes_on;
    const bool ok = read_log(f->p, in, err);
    f->p->goes_on = false;
    file->goes_on = ok;
    return ok;
}

static bool read_mailbox(struct pipeline_follow *f, struct followed *file, struct input *in, struct err *err)
{
    if (clock_monotonic_us() - file->grew_us < QUIET_US) {
        file->due = true;
        return true;
    }
    if (ingest_mails(f->p, in, file->content, err) && mails_commit(f->p, err))
        return true;
    mails_undo(f->p);
    return false;
}

/* A document means something when all of it is there. */
static bool read_figures(struct pipeline_follow *f, struct followed *file, struct input *in, struct err *err)
{
    if (clock_monotonic_us() - file->grew_us < QUIET_US) {
        file->due = true;
        return true;
    }
    return ingest_import(f->p, in, file->import, err);
}

static bool read_opened(struct pipeline_follow *f, struct followed *file, struct input *in, struct err *err)
{
    if (file->content == CONTENT_UNKNOWN || file->content == CONTENT_EMPTY)
        file->content = look(f->p, file, in);
    switch (file->content) {
    case CONTENT_EMPTY:
        return true;
    case CONTENT_UNKNOWN:
        return err_set(err, ERR_INPUT, "neither a log nor a mail (binary?)");
    case CONTENT_LINES:
        return file->import ? read_figures(f, file, in, err) : read_growing(f, file, in, err);
    default:
        return read_mailbox(f, file, in, err);
    }
}

static bool read_file(struct pipeline_follow *f, struct followed *file, struct err *err)
{
    struct input *in = file->last ? file->last : watch_open(f->watch, file->id, err);

    if (!in)
        return false;
    file->due = false;
    f->changed = true;
    bool ok = read_opened(f, file, in, err);
    if (ok && file->rotated) {
        f->steady = false;
        ok = read_rotated(f->p, file->path, err);
    }
    if (ok)
        file->rotated = false;
    if (in != file->last)
        input_close(in);
    return ok;
}

/* Waiting mends it: a full disk, a database away or busy, a file that is not what it should be yet. */
static bool can_wait(const struct err *err)
{
    return err->kind == ERR_INPUT || err->kind == ERR_DB || err->kind == ERR_DB_RETRY || err->kind == ERR_IO;
}

static bool is_away(const struct err *err)
{
    return err->kind != ERR_INPUT && err->kind != ERR_NONE;
}

static void longer(int64_t *pause_us)
{
    *pause_us = *pause_us == 0 ? PAUSE_LEAST_US : *pause_us < PAUSE_MOST_US / 2 ? 2 * *pause_us : PAUSE_MOST_US;
}

static void tell_away(struct pipeline_follow *f, const struct err *err)
{
    if (!f->away)
        log_say(SAY_WARNING, "%s; it is tried again until it works", err->text);
    f->away = true;
}

static void tell_back(struct pipeline_follow *f)
{
    if (f->away)
        log_say(SAY_WARNING, "writing again");
    f->away = false;
}

/* Puts a file off; its trouble is told when it is a new one. */
static bool put_off(struct pipeline_follow *f, struct followed *file, struct err *err)
{
    if (!can_wait(err) || stop_requested())
        return err_within(err, "%s", file->path);
    if (is_away(err))
        tell_away(f, err);
    else if (strcmp(file->trouble.text, err->text) != 0) {
        f->p->summary.inputs_refused++;
        log_say(SAY_ERROR, "%s: %s", file->path, err->text);
    }
    file->trouble = *err;
    file->due = true;
    longer(&file->pause_us);
    file->next_us = clock_monotonic_us() + file->pause_us;
    *err = (struct err){0};
    return true;
}

static bool read_files(struct pipeline_follow *f, struct err *err)
{
    for (struct followed *file = f->files; file; file = file->next) {
        if (!file->due || clock_monotonic_us() < file->next_us)
            continue;
        if (read_file(f, file, err)) {
            file->next_us = clock_monotonic_us() + READ_EVERY_US;
            file->pause_us = 0;
            tell_back(f);
        } else if (!put_off(f, file, err))
            return false;
    }
    return true;
}

static void forget_files(struct pipeline_follow *f)
{
    for (struct followed **at = &f->files; *at;) {
        struct followed *file = *at;
        if (file->id != 0 || file->due) {
            at = &file->next;
            continue;
        }
        *at = file->next;
        free_file(file);
    }
}

/* ---------------------------------------------------------------- mails */

static bool read_mail_file(struct pipeline *p, const char *path, struct err *err)
{
    struct input *in = input_open(path, true, err);

    if (!in)
        return false;
    const enum content content = content_of(input_peek(in, INPUT_PEEK_BYTES, err), true);
    const bool ok = content != CONTENT_MAIL && content != CONTENT_MBOX ? err_set(err, ERR_INPUT, "is no mail")
                                                                       : ingest_mails(p, in, content, err);
    input_close(in);
    return ok;
}

/* What was moved on by a mail reader meanwhile is told under its new name, too. */
static bool read_or_leave(struct pipeline *p, const char *path, struct err *err)
{
    p->summary.inputs++;
    if (access(path, F_OK) != 0 || read_mail_file(p, path, err))
        return true;
    if (err->kind != ERR_INPUT)
        return false;
    p->summary.inputs_refused++;
    log_say(SAY_ERROR, "%s: %s", path, err->text);
    *err = (struct err){0};
    return true;
}

static bool read_all_mails(struct pipeline_follow *f, struct err *err)
{
    for (const struct filed *mail = f->mails; mail; mail = mail->next)
        if (!stop_check(err) || !read_or_leave(f->p, mail->path, err))
            return false;
    return mails_commit(f->p, err);
}

/* All or none: they are known by their digest, so what was committed on the way does not count again. */
static bool read_mails(struct pipeline_follow *f, struct err *err)
{
    if (!f->mails || clock_monotonic_us() < f->mails_next_us)
        return true;
    if (read_all_mails(f, err)) {
        while (f->mails)
            drop_first_mail(f);
        f->changed = true;
        f->mails_pause_us = 0;
        tell_back(f);
        return true;
    }
    mails_undo(f->p);
    if (!can_wait(err) || stop_requested())
        return false;
    tell_away(f, err);
    longer(&f->mails_pause_us);
    f->mails_next_us = clock_monotonic_us() + f->mails_pause_us;
    *err = (struct err){0};
    return true;
}

/* ---------------------------------------------------------------- joining and deciding */

static bool decide(struct pipeline_follow *f, bool sweep, struct err *err)
{
    const struct pipeline_settings *s = &f->p->settings;
    const struct policy_options options = {
        .now_us = s->now_us,
        .protected_names = s->protected,
        .protected_count = s->protected_count,
        .daily_cap = s->daily_cap,
        .sweep = sweep,
    };
    struct pipeline_summary *sum = &f->p->summary;
    struct policy_outcome out = {0};

    if (s->no_policy)
        return true;
    if (!policy_run(f->p->facts, &options, &out, err))
        return false;
    sum->suppressed_new += (uint64_t)out.added;
    sum->suppressed_pending += (uint64_t)out.pending;
    sum->suppressed_released += (uint64_t)(out.released + out.expired + out.lifted + out.withdrawn);
    return true;
}

static bool settle(struct pipeline_follow *f, bool sweep, struct err *err)
{
    struct pipeline *p = f->p;

    if (!p->writer)
        return true;
    return restate_lives(p, err) && (!sweep || db_run(p->facts, "statistics_ensure", NULL, 0, NULL, err)) &&
           join_hops(p, err) && join_returned(p, err) && (!sweep || seal_days(p, err)) && decide(f, sweep, err);
}

static bool settle_when_due(struct pipeline_follow *f, struct err *err)
{
    const int64_t began_us = clock_monotonic_us();
    const bool sweep = began_us >= f->sweep_next_us;

    if ((!f->changed && !sweep) || began_us < f->settle_next_us)
        return true;
    const bool ok = settle(f, sweep, err);
    const int64_t ended_us = clock_monotonic_us(), took_us = ended_us - began_us;
    if (ok) {
        f->changed = false;
        f->pause_us = 0;
        f->policy_runs++;
        if (sweep)
            f->sweep_next_us = ended_us + SWEEP_EVERY_US;
        f->settle_next_us = ended_us + (SETTLE_SHARE * took_us > SETTLE_EVERY_US ? SETTLE_SHARE * took_us : SETTLE_EVERY_US);
        tell_back(f);
        return true;
    }
    if (!can_wait(err) || stop_requested())
        return false;
    tell_away(f, err);
    longer(&f->pause_us);
    f->settle_next_us = ended_us + f->pause_us;
    *err = (struct err){0};
    return true;
}

bool pipeline_follow_step(struct pipeline_follow *follow, struct err *err)
{
    follow->p->settings.now_us = follow->now_us + (clock_monotonic_us() - follow->now_from_us);
    watch_step(follow->watch, told, follow);
    const bool ok = stop_check(err) && read_files(follow, err) && read_mails(follow, err) && settle_when_due(follow, err);
    forget_files(follow);
    return ok;
}

/* ---------------------------------------------------------------- what waits */

static void earliest(int64_t *at_us, int64_t other_us)
{
    if (other_us < *at_us)
        *at_us = other_us;
}

int64_t pipeline_follow_wait_us(const struct pipeline_follow *follow)
{
    const int64_t now_us = clock_monotonic_us();
    int64_t at_us = follow->sweep_next_us;

    for (const struct followed *file = follow->files; file; file = file->next)
        if (file->due)
            earliest(&at_us, file->next_us);
    if (follow->mails)
        earliest(&at_us, follow->mails_next_us);
    if (follow->changed)
        earliest(&at_us, follow->settle_next_us);
    return at_us > now_us ? at_us - now_us : 0;
}

struct pipeline_follow_state pipeline_follow_state(const struct pipeline_follow *follow)
{
    const int64_t now_us = clock_monotonic_us();
    int64_t since_us = now_us;

    for (const struct followed *file = follow->files; file; file = file->next)
        if (file->due)
            earliest(&since_us, file->grew_us);
    if (follow->mails)
        earliest(&since_us, follow->mails_since_us);
    return (struct pipeline_follow_state){follow->policy_runs, follow->away, now_us - since_us};
}

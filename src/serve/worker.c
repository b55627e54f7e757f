#include "serve/worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "pipeline_follow.h"
#include "serve/follow.h"
#include "serve/metrics.h"
#include "suppress/list.h"

enum { END_SECONDS = 8 };
#define LOOK_EVERY_US CLOCK_SECOND           /* is the list still the database's? Others change it, too */
#define FIGURES_EVERY_US (15 * CLOCK_SECOND)
#define PAUSE_LEAST_US CLOCK_SECOND
#define PAUSE_MOST_US (30 * CLOCK_SECOND)

struct worker {
    const struct service_options *options;
    const struct service_given *given;
    pthread_t thread;
    int wake, news; /* eventfds: to the thread, and from it */

    pthread_mutex_t lock;
    struct lookup *fresh;     /* from here to there: under the lock */
    struct buf figures;
    struct worker_state state;
    struct err failed;
    bool reload;

    struct db *facts, *side;  /* from here on: the thread's own */
    struct pipeline *pipeline;
    struct pipeline_follow *files;
    struct loop *loop;
    struct loop_timer *look;
    bool ran;                 /* it worked once: trouble with a configuration is waited out, too */
    bool listed;              /* a list was read since the database was opened */
    int64_t generation;
    uint64_t runs_seen;       /* policy runs when the list was looked at */
    uint64_t figures_of;      /* the policy run they were read after */
    int64_t figures_next_us;
};

/* ---------------------------------------------------------------- the slot */

static void ring(int fd)
{
    const uint64_t one = 1;
    const ssize_t written = write(fd, &one, sizeof one);
    (void)written; /* full: it rings already */
}

static void drain(int fd)
{
    uint64_t count;
    const ssize_t got = read(fd, &count, sizeof count);
    (void)got;
}

static void hand_over(struct worker *w, struct lookup *list)
{
    pthread_mutex_lock(&w->lock);
    lookup_free(w->fresh);
    w->fresh = list;
    pthread_mutex_unlock(&w->lock);
    ring(w->news);
}

struct lookup *worker_take(struct worker *worker)
{
    drain(worker->news);
    pthread_mutex_lock(&worker->lock);
    struct lookup *fresh = worker->fresh;
    worker->fresh = NULL;
    pthread_mutex_unlock(&worker->lock);
    return fresh;
}

struct worker_state worker_state(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    const struct worker_state state = worker->state;
    pthread_mutex_unlock(&worker->lock);
    return state;
}

void worker_figures(struct worker *worker, struct buf *to)
{
    pthread_mutex_lock(&worker->lock);
    buf_add(to, buf_str(&worker->figures));
    pthread_mutex_unlock(&worker->lock);
}

bool worker_failed(struct worker *worker, struct err *err)
{
    pthread_mutex_lock(&worker->lock);
    const bool failed = worker->failed.kind != ERR_NONE;
    if (failed)
        *err = worker->failed;
    pthread_mutex_unlock(&worker->lock);
    return failed;
}

void worker_reload(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    worker->reload = true;
    pthread_mutex_unlock(&worker->lock);
    ring(worker->wake);
}

static void set_up(struct worker *w, bool up)
{
    pthread_mutex_lock(&w->lock);
    w->state.database_up = up;
    if (up)
        w->state.checked_us = clock_monotonic_us();
    pthread_mutex_unlock(&w->lock);
}

static void set_reading(struct worker *w, bool reading)
{
    pthread_mutex_lock(&w->lock);
    w->state.reading = reading;
    pthread_mutex_unlock(&w->lock);
}

/* ---------------------------------------------------------------- the list and the figures */

static void keep(const struct worker *w, const struct lookup *list)
{
    struct err err = {0};

    if (w->options->snapshot && !lookup_save(list, w->options->snapshot, &err))
        log_say(SAY_WARNING, "the list is not kept in a file: %s", err.text);
}

static bool refresh_list(struct worker *w, struct err *err)
{
    int64_t generation;

    if (!list_generation(w->side, &generation, err))
        return false;
    if (w->listed && generation == w->generation)
        return true;
    struct lookup *list = lookup_read(w->side, err);
    if (!list)
        return false;
    w->listed = true;
    w->generation = lookup_generation(list);
    keep(w, list);
    hand_over(w, list);
    return true;
}

static bool refresh_figures(struct worker *w, uint64_t policy_runs, struct err *err)
{
    const int64_t now_us = clock_monotonic_us();
    struct buf figures = {0};

    if (now_us < w->figures_next_us || (w->figures_next_us != 0 && policy_runs == w->figures_of))
        return true;
    if (!metrics_read(w->side, &figures, err)) {
        buf_free(&figures);
        return false;
    }
    pthread_mutex_lock(&w->lock);
    const struct buf old = w->figures;
    w->figures = figures;
    pthread_mutex_unlock(&w->lock);
    free(old.p);
    w->figures_of = policy_runs;
    w->figures_next_us = clock_monotonic_us() + FIGURES_EVERY_US;
    return true;
}

static void refresh(struct worker *w)
{
    const struct pipeline_follow_state follows = pipeline_follow_state(w->files);
    struct err err = {0};
    const bool ok = refresh_list(w, &err) && refresh_figures(w, follows.policy_runs, &err);

    if (!ok)
        log_say(SAY_DETAIL, "%s; the list in memory stays as it is", err.text);
    set_up(w, ok && !follows.database_away);
    pthread_mutex_lock(&w->lock);
    w->state.policy_runs = follows.policy_runs;
    w->state.behind_us = follows.behind_us;
    pthread_mutex_unlock(&w->lock);
}

static void look(void *self)
{
    struct worker *w = self;

    refresh(w);
    loop_timer_in(w->look, LOOK_EVERY_US);
}

/* A list that has just changed is not kept waiting for the next look. */
static void stepped(void *self)
{
    struct worker *w = self;
    const uint64_t runs = pipeline_follow_state(w->files).policy_runs;

    if (runs == w->runs_seen)
        return;
    w->runs_seen = runs;
    refresh(w);
}

/* ---------------------------------------------------------------- following */

static bool follow_all(struct worker *w, const struct service_settings *s, struct err *err)
{
    for (size_t i = 0; i < s->log_count; i++)
        if (!pipeline_follow_add(w->files, s->logs[i].p, err))
            return false;
    for (size_t i = 0; i < s->maildir_count; i++)
        if (!pipeline_follow_add(w->files, s->maildirs[i].p, err))
            return false;
    return true;
}

/* All of the new set works, or the old one stays. */
static bool exchange(struct worker *w, struct err *err)
{
    struct service_settings settings;

    if (!w->given->settings(w->given->self, &settings, err))
        return false;
    struct pipeline *fresh = pipeline_new(&settings.pipeline, w->facts, w->side, NULL, err);
    if (!fresh || !follow_all(w, &settings, err)) {
        pipeline_free(fresh);
        w->given->settled(w->given->self, false);
        return false;
    }
    pipeline_follow_use(w->files, fresh);
    pipeline_free(w->pipeline);
    w->pipeline = fresh;
    w->given->settled(w->given->self, true);
    return true;
}

static bool reload_asked(struct worker *w)
{
    pthread_mutex_lock(&w->lock);
    const bool asked = w->reload;
    w->reload = false;
    pthread_mutex_unlock(&w->lock);
    return asked;
}

static void woken(void *self)
{
    struct worker *w = self;
    struct err err = {0};

    drain(w->wake);
    if (!reload_asked(w))
        return;
    const bool ok = exchange(w, &err);
    if (ok)
        log_say(SAY_NOTE, "configuration and rules were read again");
    else
        log_say(SAY_ERROR, "%s; the configuration and rules from before stay in use", err.text);
    pthread_mutex_lock(&w->lock);
    w->state.reloads += ok;
    w->state.reloads_failed += !ok;
    pthread_mutex_unlock(&w->lock);
}

static bool go_on(struct worker *w, struct err *err)
{
    w->look = loop_timer_new(w->loop, look, w);
    struct loop_fd *wake = loop_fd_new(w->loop, w->wake, woken, woken, w);
    struct follow *follow = follow_new(w->loop, w->files, stepped, w);

    loop_fd_want(wake, true, false);
    loop_timer_in(w->look, 0);
    loop_run(w->loop);
    const bool ok = follow_ok(follow, err);
    follow_free(follow);
    loop_fd_free(wake);
    loop_timer_free(w->look);
    return ok;
}

/* ---------------------------------------------------------------- from opening to closing */

static bool open_all(struct worker *w, struct service_settings *settings, struct err *err)
{
    w->facts = w->given->open(w->given->self, err);
    w->side = w->facts ? w->given->open(w->given->self, err) : NULL;
    if (!w->side || !w->given->settings(w->given->self, settings, err))
        return false;
    w->pipeline = pipeline_new(&settings->pipeline, w->facts, w->side, NULL, err);
    w->given->settled(w->given->self, w->pipeline != NULL);
    if (!w->pipeline)
        return false;
    w->files = pipeline_follow_new(w->pipeline, err);
    w->loop = w->files ? loop_new(err) : NULL;
    w->listed = false;
    w->runs_seen = 0;
    w->figures_next_us = 0;
    return w->loop && follow_all(w, settings, err);
}

static void close_all(struct worker *w)
{
    loop_free(w->loop);
    pipeline_follow_free(w->files);
    pipeline_free(w->pipeline);
    db_close(w->side);
    db_close(w->facts);
    w->loop = NULL;
    w->files = NULL;
    w->pipeline = NULL;
    w->side = w->facts = NULL;
}

static bool work_once(struct worker *w, bool *opened, struct err *err)
{
    struct service_settings settings;

    *opened = open_all(w, &settings, err);
    if (!*opened)
        return false;
    w->ran = true;
    refresh(w);
    set_reading(w, true);
    const bool ok = pipeline_follow_start(w->files, err);
    set_reading(w, false);
    return ok && go_on(w, err);
}

static void rest(const struct worker *w, int64_t pause_us)
{
    const int64_t until_us = clock_monotonic_us() + pause_us;
    struct pollfd wake = {.fd = w->wake, .events = POLLIN};

    while (!stop_requested() && clock_monotonic_us() < until_us)
        poll(&wake, 1, LOOP_STOP_US / 1000);
}

static bool waiting_helps(const struct err *err)
{
    return err->kind == ERR_DB || err->kind == ERR_DB_RETRY || err->kind == ERR_IO;
}

static void *work(void *self)
{
    struct worker *w = self;
    int64_t pause_us = PAUSE_LEAST_US;

    while (!stop_requested()) {
        struct err err = {0};
        bool opened;
        const bool ok = work_once(w, &opened, &err);
        close_all(w);
        if (ok || stop_requested())
            break;
        set_up(w, false);
        if (!waiting_helps(&err) && !w->ran) {
            pthread_mutex_lock(&w->lock);
            w->failed = err;
            pthread_mutex_unlock(&w->lock);
            ring(w->news);
            break;
        }
        pause_us = opened ? PAUSE_LEAST_US : pause_us * 2 < PAUSE_MOST_US ? pause_us * 2 : PAUSE_MOST_US;
        log_say(SAY_WARNING, "%s; look-ups go on, the database is tried again", err.text);
        rest(w, pause_us);
    }
    return NULL;
}

/* ---------------------------------------------------------------- the thread */

static void give_back(struct worker *w)
{
    if (w->wake >= 0)
        close(w->wake);
    if (w->news >= 0)
        close(w->news);
    pthread_mutex_destroy(&w->lock);
    lookup_free(w->fresh);
    buf_free(&w->figures);
    free(w);
}

struct worker *worker_start(const struct service_options *options, const struct service_given *given, struct err *err)
{
    struct worker *w = mem_zero(1, sizeof *w);

    w->options = options;
    w->given = given;
    w->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    w->news = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    pthread_mutex_init(&w->lock, NULL);
    if (w->wake >= 0 && w->news >= 0 && (errno = pthread_create(&w->thread, NULL, work, w)) == 0)
        return w;
    err_set_errno(err, ERR_IO, "no second thread");
    give_back(w);
    return NULL;
}

bool worker_end(struct worker *worker)
{
    struct timespec until;

    if (!worker)
        return true;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += END_SECONDS;
    ring(worker->wake);
    if (pthread_timedjoin_np(worker->thread, NULL, &until) != 0)
        return false;
    give_back(worker);
    return true;
}

int worker_fd(const struct worker *worker)
{
    return worker->news;
}

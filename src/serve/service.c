#include "serve/service.h"

#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "serve/http.h"
#include "serve/metrics.h"
#include "serve/socketmap.h"
#include "serve/worker.h"

#define READY_US (30 * CLOCK_SECOND) /* a list that was seen to be the database's so lately is a fresh one */

struct service {
    const struct service_options *options;
    struct worker *worker;
    struct loop *loop;
    const struct lookup *list; /* NULL: none yet */
    struct lookup *owned;
    struct loop_fd *news;
    struct loop_signal *hangup;
    struct http *http;
    struct socketmap *map;
};

/* ---------------------------------------------------------------- what HTTP shows */

/* The process answers: that is all. */
static int healthz(void *self, struct buf *body)
{
    (void)self;
    buf_add(body, STR("fine\n"));
    return 200;
}

static int readyz(void *self, struct buf *body)
{
    const struct service *s = self;
    const struct worker_state state = worker_state(s->worker);
    const bool fresh = s->list && state.checked_us && clock_monotonic_us() - state.checked_us < READY_US;
    const bool ready = state.database_up && fresh && !state.reading;

    buf_printf(body, "%s\ndatabase: %s\n", ready ? "ready" : "not ready", state.database_up ? "reachable" : "away");
    if (state.reading)
        buf_add(body, STR("logs: reading what is there already\n"));
    if (s->list)
        buf_printf(body, "list: generation %lld, %zu entries, %s\n", (long long)lookup_generation(s->list),
                   lookup_count(s->list), fresh ? "as in the database" : "may be older than the database's");
    else
        buf_add(body, STR("list: none yet\n"));
    return ready ? 200 : 503;
}

/* Of a list that came from a file and was not seen in the database yet: since it was made. */
static double list_age(const struct service *s, const struct worker_state *state)
{
    const int64_t age_us = state->checked_us ? clock_monotonic_us() - state->checked_us
                                             : clock_now_us() - lookup_made_us(s->list);

    return (double)age_us / (double)CLOCK_SECOND;
}

static void put_list(const struct service *s, const struct worker_state *state, struct buf *body)
{
    if (!s->list)
        return;
    metrics_put(body, true, "rebound_snapshot_age_seconds", NULL, NULL, list_age(s, state));
    metrics_put(body, true, "rebound_snapshot_entries", NULL, NULL, (double)lookup_count(s->list));
    metrics_put(body, true, "rebound_snapshot_generation", NULL, NULL, (double)lookup_generation(s->list));
}

static int metrics(void *self, struct buf *body)
{
    struct service *s = self;
    const struct worker_state state = worker_state(s->worker);
    const struct socketmap_counts counts = socketmap_counts(s->map);

    metrics_put(body, true, "rebound_build_info", "version", REBOUND_VERSION, 1);
    metrics_put(body, true, "rebound_database_up", NULL, NULL, state.database_up);
    metrics_put(body, true, "rebound_ingest_lag_seconds", NULL, NULL, (double)state.behind_us / (double)CLOCK_SECOND);
    metrics_put(body, true, "rebound_policy_runs_total", NULL, NULL, (double)state.policy_runs);
    metrics_put(body, true, "rebound_reloads_total", "result", "used", (double)state.reloads);
    metrics_put(body, false, "rebound_reloads_total", "result", "refused", (double)state.reloads_failed);
    metrics_put(body, true, "rebound_suppression_lookups_total", "result", "listed", (double)counts.listed);
    metrics_put(body, false, "rebound_suppression_lookups_total", "result", "not_listed", (double)counts.not_listed);
    metrics_put(body, false, "rebound_suppression_lookups_total", "result", "no_list", (double)counts.no_list);
    metrics_put(body, false, "rebound_suppression_lookups_total", "result", "refused", (double)counts.refused);
    put_list(s, &state, body);
    worker_figures(s->worker, body);
    return 200;
}

static const struct http_route routes[] = {
    {"/healthz", "text/plain; charset=utf-8", healthz},
    {"/readyz", "text/plain; charset=utf-8", readyz},
    {"/metrics", "text/plain; version=0.0.4; charset=utf-8", metrics},
};

/* ---------------------------------------------------------------- what moves */

static void use_list(struct service *s, struct lookup *list)
{
    lookup_free(s->owned);
    s->list = s->owned = list;
}

static void news_came(void *self)
{
    struct service *s = self;
    struct lookup *fresh = worker_take(s->worker);
    struct err err;

    if (fresh)
        use_list(s, fresh);
    if (worker_failed(s->worker, &err))
        loop_end(s->loop);
}

static void hangup_came(void *self)
{
    worker_reload(((struct service *)self)->worker);
}

/* The list of the last run, until the database tells a newer one. */
static void load_list(struct service *s)
{
    struct err err = {0};
    struct lookup *list = s->options->snapshot ? lookup_load(s->options->snapshot, &err) : NULL;

    if (list)
        use_list(s, list);
    else if (err.kind)
        log_say(SAY_WARNING, "%s; it is made anew", err.text);
}

static bool start(struct service *s, const struct service_given *given, struct err *err)
{
    const struct service_options *o = s->options;

    if (!(s->loop = loop_new(err)))
        return false;
    load_list(s);
    if (o->socketmap && !(s->map = socketmap_new(s->loop, o->socketmap, &s->list, err)))
        return false;
    if (o->listen && !(s->http = http_new(s->loop, o->listen, routes, sizeof routes / sizeof *routes, s, err)))
        return false;
    if (!(s->worker = worker_start(o, given, err)))
        return false;
    s->news = loop_fd_new(s->loop, worker_fd(s->worker), news_came, news_came, s);
    s->hangup = loop_signal_new(s->loop, SIGHUP, hangup_came, s);
    loop_fd_want(s->news, true, false);
    return true;
}

/* Nothing is taken on any more; then the second thread ends what it is at. */
static void end(struct service *s)
{
    http_free(s->http);
    socketmap_free(s->map);
    loop_signal_free(s->hangup);
    loop_fd_free(s->news);
    loop_free(s->loop);
    if (!worker_end(s->worker))
        log_say(SAY_WARNING, "the database did not answer in time; what it was about to write is read again the next time");
    lookup_free(s->owned);
}

bool service_run(const struct service_options *options, const struct service_given *given, struct err *err)
{
    struct service s = {.options = options};
    bool ok = start(&s, given, err);

    if (ok) {
        loop_run(s.loop);
        ok = !worker_failed(s.worker, err) && stop_check(err);
    }
    end(&s);
    return ok;
}

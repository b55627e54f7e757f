/*
 * worker - the thread of a service that reads, decides and asks the database. Private to service.c.
 *
 * What it has to say lies in a slot behind a lock that is held for an instant: a new list, new figures, its state. It
 * makes worker_fd() readable then.
 *
 * Ownership  worker_take() hands the new list over. worker_end() waits at most 8 s; false: the thread still hangs in the
 *            database, and everything it uses has to stay as it is until the process ends.
 */
#pragma once
#include "base/buf.h"
#include "serve/lookup.h"
#include "serve/service.h"

struct worker_state {
    bool database_up, reading; /* reading: what is there already, before anything is followed */
    int64_t checked_us;        /* monotonic: when the list was last seen to be the database's; 0 never */
    int64_t behind_us;
    uint64_t policy_runs, reloads, reloads_failed;
};

struct worker;
struct worker *worker_start(const struct service_options *options, const struct service_given *given, struct err *err);
bool worker_end(struct worker *worker);
int worker_fd(const struct worker *worker);
void worker_reload(struct worker *worker);

/* NULL: no new list since the last call. */
struct lookup *worker_take(struct worker *worker);
struct worker_state worker_state(struct worker *worker);
void worker_figures(struct worker *worker, struct buf *to);
/* An error that ended it; false while it works. */
bool worker_failed(struct worker *worker, struct err *err);

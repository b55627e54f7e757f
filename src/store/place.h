/*
 * place - where the private PostgreSQL and its programs are, and how they are run. Private to store/.
 *
 *   ROOT/lock              one starter at a time
 *   ROOT/postgresql/       the data directory
 *   ROOT/postgresql.log    what the server says; beyond 4 MiB a start puts it aside as postgresql.log.1
 *   ROOT/server.conf       its settings, written at every start; server.local.conf beside it wins
 *   ROOT/run/              its socket, or a short folder elsewhere when ROOT is too long for one
 *
 * Ownership  texts live in the arena they were made in; each has a NUL behind it.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

struct place {
    str root, data, fresh, log, lock; /* fresh: where initdb works until it is done */
    str socket;                       /* folder of the socket */
    str bin;                          /* folder of initdb, pg_ctl and postgres; "" none found */
    str version;                      /* "15"; "" none found */
    str made_by;                      /* major version that made the data; "" no data */
    unsigned uid, gid;                /* who runs the server */
};

bool place_find(struct arena *arena, struct place *out, struct err *err);
/* Makes ROOT and settles uid and gid; several may do so at once. */
bool place_open(struct place *place, struct err *err);
/* Makes the log and the socket folder, or checks that they are ours. For the holder of ROOT/lock. */
bool place_prepare(struct arena *arena, const struct place *place, struct err *err);
/* Line number `skip` + 1 of a file; "" when there is none. */
str place_line(struct arena *arena, str path, size_t skip);
bool place_remove_tree(str path, struct err *err); /* true as well when there is nothing */

/* Runs a program as the server's user and waits. What it writes goes to the log; its last line into err. */
bool place_run(const struct place *place, const char *const *argv, struct err *err);
/* The same, with its output to a descriptor. */
bool place_run_to(const struct place *place, const char *const *argv, int out, struct err *err);

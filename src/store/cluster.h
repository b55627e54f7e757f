/*
 * cluster - the private PostgreSQL: made, started and stopped by rebound itself.
 *
 * initdb without superuser passwords, reached through a unix socket in a 0700 folder only
 * (listen_addresses = ''), run as the ordinary user; under root as `postgres` (runuser).
 * Its folder: REBOUND_DATA, else $XDG_DATA_HOME/rebound, else ~/.local/share/rebound; root: /var/lib/rebound.
 *
 * Errors     ERR_CONFIG when PostgreSQL's programs are missing (the text names the package), ERR_IO, ERR_DB.
 * Limits     the socket's path has 107 bytes: a folder too long for it gets a socket folder under
 *            $XDG_RUNTIME_DIR or /tmp, named by a hash, 0700. Start waits 60 s at most. Two starters at once: one waits.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

enum cluster_state { CLUSTER_ABSENT, CLUSTER_STOPPED, CLUSTER_RUNNING };

struct cluster_info {
    enum cluster_state state;
    str data;      /* its folder */
    str conninfo;  /* for db_open() */
    str version;   /* "15" of what is installed; "" none found */
};

bool cluster_look(struct arena *arena, struct cluster_info *out, struct err *err);
/* Makes it when missing, starts it when stopped; cold at most 2 s. */
bool cluster_ensure(struct arena *arena, struct cluster_info *out, struct err *err);
bool cluster_stop(struct err *err);

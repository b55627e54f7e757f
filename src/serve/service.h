/*
 * service - `rebound serve`: two threads.
 *
 * The first answers: HTTP, and relays' look-ups from the list in memory. It never touches the database, so nothing that is
 * read, joined or decided holds an answer up. The second follows the logs and Maildirs, runs the policy, and after each
 * run that changed the list hands over the new one, whole. A list is also written to a file: with it look-ups work from
 * the first moment, database or not.
 *
 * SIGHUP reads configuration and rules anew, whole, and only then uses them; with any error the old ones stay.
 * SIGTERM and SIGINT end it within 10 s; what was committed stays, the rest is read again the next time.
 *
 * With a new configuration new logs and Maildirs are followed, too (mails that lay in them before are read at the next
 * start); logs that went from it are followed until then, and listen, socketmap and snapshot stay as they were.
 *
 * Ownership  all is borrowed until service_run() returns. The functions in `given` are called by the second thread alone.
 * Errors     only what keeps it from starting, or an error that waiting does not mend; the database being away is none.
 */
#pragma once
#include "pipeline.h"

struct service_settings {
    struct pipeline_settings pipeline;
    const str *logs, *maildirs; /* each with a NUL behind it */
    size_t log_count, maildir_count;
};

struct service_given {
    /* The configuration and rules as they are on disk now; what they point at lives until `settled`. */
    bool (*settings)(void *self, struct service_settings *out, struct err *err);
    /* Whether the settings read last are used from now on (those before them are not any more), or not. */
    void (*settled)(void *self, bool used);
    struct db *(*open)(void *self, struct err *err); /* a connection, schema and all */
    void *self;
};

struct service_options {
    const char *listen;    /* address and port for HTTP; NULL: none */
    const char *socketmap; /* path of the socket; NULL: none */
    const char *snapshot;  /* file of the list; NULL: none */
};

/* Until a signal: ERR_SIGNAL then. */
bool service_run(const struct service_options *options, const struct service_given *given, struct err *err);

/* From the command line and the configuration to an open database. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/stop.h"
#include "cli/command.h"
#include "cli/token_keys.h"
#include "model/address.h"
#include "store/cluster.h"
#include "store/db.h"
#include "store/schema.h"

int command_status(const struct err *err)
{
    if (stop_requested() && (err->kind == ERR_IO || err->kind == ERR_SIGNAL)) /* EINTR is the signal's doing */
        return 128 + stop_requested();
    switch (err->kind) {
    case ERR_CONFIG:
        return EXIT_USAGE;
    case ERR_IO:
        return EXIT_SYSTEM;
    case ERR_DB:
    case ERR_DB_RETRY:
        return EXIT_DATABASE;
    default:
        return EXIT_INPUT;
    }
}

int command_fail(const struct command_context *context, const struct err *err)
{
    const int status = command_status(err);

    (void)context;
    if (status < 128)
        log_err(err);
    return status;
}

int command_misuse(const struct command_context *context, const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    log_say(SAY_ERROR, "%s (see rebound %s --help)", text, context->name);
    return EXIT_USAGE;
}

const char *context_conninfo(const struct command_context *context, enum database_source *source)
{
    const char *env = getenv("REBOUND_DATABASE");

    *source = DATABASE_OPTION;
    if (context->global.database)
        return context->global.database;
    *source = DATABASE_ENVIRONMENT;
    if (env && env[0])
        return env;
    *source = DATABASE_CONFIG;
    if (context->config && context->config->database)
        return context->config->database;
    *source = DATABASE_PRIVATE;
    return NULL;
}

bool context_upgrade(const struct command_context *context, struct db *db, struct err *err)
{
    return schema_ensure(db, err) && context_reference(context->arena, db, err);
}

/* Before anything is looked up or written by address: hashed addresses are found by their key alone. */
bool context_address_key(const struct command_context *context, struct err *err)
{
    const struct config *c = context->config;
    str key;

    if (address_is_keyed() || !c || !c->privacy_addresses || !str_eq(str_of(c->privacy_addresses), STR("hashed")))
        return true; /* once said it stays: other threads may be hashing */
    if (!c->privacy_key)
        return err_set(err, ERR_CONFIG, "[privacy] addresses = hashed needs a secret: key = FILE");
    if (!secret_read(c->privacy_key, context->arena, &key, err))
        return err_within(err, "[privacy] key");
    address_use_key(key);
    return true;
}

struct db *context_db(const struct command_context *context, struct err *err)
{
    enum database_source source;
    const char *conninfo = context_conninfo(context, &source);
    struct cluster_info cluster;

    if (!context_address_key(context, err) || (!conninfo && !cluster_ensure(context->arena, &cluster, err)))
        return NULL;
    struct db *db = db_open(conninfo ? conninfo : cluster.conninfo.p, err);
    if (db && !context_upgrade(context, db, err)) {
        db_close(db);
        return NULL;
    }
    return db;
}

struct db *context_db_as_it_is(const struct command_context *context, struct err *err)
{
    enum database_source source;
    const char *conninfo = context_conninfo(context, &source);
    struct cluster_info cluster;

    if (!context_address_key(context, err))
        return NULL;
    if (!conninfo) {
        if (!cluster_look(context->arena, &cluster, err))
            return NULL;
        if (cluster.state != CLUSTER_RUNNING) {
            err_set(err, ERR_DB, "the private database in %.*s is %s (rebound db start)", STR_ARG(cluster.data),
                    cluster.state == CLUSTER_ABSENT ? "not made yet" : "stopped");
            return NULL;
        }
        conninfo = cluster.conninfo.p;
    }
    return db_open(conninfo, err);
}

/* serve: follows logs and Maildirs, answers relays' look-ups and monitoring. */
#include "base/arena.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/pipeline_settings.h"
#include "cli/token_keys.h"
#include "serve/service.h"
#include "store/db.h"

struct serve_options {
    const char *listen, *socketmap, *snapshot;
};

#define AT(member) offsetof(struct serve_options, member)
static const struct option serve_options[] = {
    {0, "listen", "ADDRESS:PORT", "for /healthz, /readyz and /metrics (default: 127.0.0.1:8025); none: no HTTP", OPT_TEXT,
     AT(listen)},
    {0, "socketmap", "PATH", "socket for Postfix's look-ups", OPT_TEXT, AT(socketmap)},
    {0, "snapshot", "FILE", "keep the list here for look-ups without the database", OPT_TEXT, AT(snapshot)},
};

/* Settings point into a configuration: the one in use, and the one read last until it is known whether it will be. */
struct serving {
    const struct command_context *context;
    struct arena *arena;
    struct command_context now; /* with the configuration read last */
    struct config *used, *read;
    str *logs;
};

/* The logs named on the command line and those of the configuration. */
static void add_logs(struct serving *s, const struct config *config, struct service_settings *out)
{
    const struct arguments *args = &s->context->args;

    s->logs = arena_alloc(s->arena, (args->count + config->serve_logs.count + 1) * sizeof *s->logs);
    for (size_t i = 0; i < args->count; i++)
        s->logs[out->log_count++] = str_of(args->items[i]);
    for (size_t i = 0; i < config->serve_logs.count; i++)
        s->logs[out->log_count++] = arena_str(s->arena, config->serve_logs.items[i]);
    out->logs = s->logs;
    str *maildirs = arena_alloc(s->arena, (config->serve_maildirs.count + 1) * sizeof *maildirs);
    for (size_t i = 0; i < config->serve_maildirs.count; i++)
        maildirs[out->maildir_count++] = arena_str(s->arena, config->serve_maildirs.items[i]);
    out->maildirs = maildirs;
}

static bool read_settings(void *self, struct service_settings *out, struct err *err)
{
    struct serving *s = self;

    *out = (struct service_settings){0};
    s->read = config_read(s->context->global.config, err);
    if (!s->read)
        return false;
    s->now.config = s->read;
    pipeline_settings_read(s->read, &out->pipeline);
    out->pipeline.now_us = clock_now_us();
    add_logs(s, s->read, out);
    if (token_keys_read(&s->now, &out->pipeline.tokens, err))
        return true;
    config_free(s->read);
    s->read = NULL;
    return false;
}

static void settled(void *self, bool used)
{
    struct serving *s = self;

    config_free(used ? s->used : s->read);
    if (used)
        s->used = s->read;
    s->read = NULL;
}

static struct db *open_database(void *self, struct err *err)
{
    const struct serving *s = self;

    return context_db(s->context, err);
}

static const char *or_none(const char *option, const char *configured)
{
    const char *text = option ? option : configured;

    return text && text[0] && strcmp(text, "none") != 0 ? text : NULL;
}

static int run(struct command_context *context)
{
    const struct serve_options *o = context->options;
    const struct config *c = context->config;
    /* A second thread that hangs in the database uses these until the process ends. */
    static struct service_options options;
    static struct service_given given;
    static struct serving s;
    struct err err = {0};

    options = (struct service_options){
        .listen = or_none(o->listen, c->serve_listen),
        .socketmap = or_none(o->socketmap, c->serve_socketmap),
        .snapshot = or_none(o->snapshot, c->serve_snapshot),
    };
    given = (struct service_given){read_settings, settled, open_database, &s};
    s = (struct serving){.context = context, .arena = arena_new(), .now = *context};
    s.now.arena = s.arena;
    if (context_address_key(context, &err) && service_run(&options, &given, &err)) /* look-ups begin before the database */
        return EXIT_DONE;
    return command_fail(context, &err);
}

const struct command command_serve = {
    .name = "serve",
    .args = "[LOG...]",
    .summary = "Follow logs and Maildirs, answer look-ups of relays and monitoring",
    .manual = "Follows the logs named here and those of [serve] logs, and the Maildirs of [serve] maildirs, as ingest --follow\n"
              "does; the suppression policy runs within seconds of a bounce.\n\n"
              "Postfix asks for recipients over a socket: smtpd_recipient_restrictions = ... check_recipient_access\n"
              "socketmap:unix:PATH:suppression. What it answers stands in memory and is replaced whole when the list changes:\n"
              "answers never wait for the database, and with a snapshot file they go on without it. With no list at all\n"
              "every recipient is let through. All local users can ask; the rights of the socket's folder decide otherwise.\n\n"
              "HTTP: /healthz (the process), /readyz (database and list), /metrics (for Prometheus). SIGHUP reads the\n"
              "configuration and the rules again; with an error in them those before stay in use. SIGTERM ends it.",
    .options = serve_options,
    .option_count = sizeof serve_options / sizeof *serve_options,
    .options_bytes = sizeof(struct serve_options),
    .most_args = SIZE_MAX,
    .uses_database = true,
    .run = run,
};

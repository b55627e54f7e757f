/* db: the database itself: made, started, stopped, brought up to date, and what has been read into it. */
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/grid.h"
#include "store/cluster.h"
#include "store/db.h"
#include "store/schema.h"

static const char *source_name(enum database_source source)
{
    static const char *const names[] = {
        [DATABASE_OPTION] = "--database",
        [DATABASE_ENVIRONMENT] = "REBOUND_DATABASE",
        [DATABASE_CONFIG] = "the configuration",
        [DATABASE_PRIVATE] = "private",
    };

    return names[source];
}

/* Only the private cluster is ours to start and stop. */
static bool want_private(const struct command_context *context, struct err *err)
{
    enum database_source source;

    context_conninfo(context, &source);
    return source == DATABASE_PRIVATE ||
           err_set(err, ERR_CONFIG, "the database comes from %s: only the private one is started and stopped here",
                   source_name(source));
}

/* ---------------------------------------------------------------- init, upgrade, start, stop */

static int run_init(struct command_context *context)
{
    struct err err;
    struct db *db = context_db(context, &err);
    int version;
    bool ok = db && schema_version(db, &version, &err);

    if (ok)
        out_printf(context->out, "the database is ready (schema %d)\n", version);
    db_close(db);
    return ok ? EXIT_DONE : command_fail(context, &err);
}

static bool upgrade(const struct command_context *context, struct db *db, struct err *err)
{
    int before, after;

    if (!schema_version(db, &before, err) || !context_upgrade(context, db, err) || !schema_version(db, &after, err))
        return false;
    if (before == after)
        out_printf(context->out, "schema %d is up to date\n", after);
    else
        out_printf(context->out, "schema %d is now %d\n", before, after);
    return true;
}

static int run_upgrade(struct command_context *context)
{
    struct err err;
    struct db *db = context_db_as_it_is(context, &err);
    const bool ok = db && upgrade(context, db, &err);

    db_close(db);
    return ok ? EXIT_DONE : command_fail(context, &err);
}

static int run_start(struct command_context *context)
{
    struct cluster_info cluster;
    struct err err;

    if (!want_private(context, &err) || !cluster_ensure(context->arena, &cluster, &err))
        return command_fail(context, &err);
    out_add(context->out, STR("running in "));
    out_show(context->out, cluster.data);
    out_add(context->out, STR("\n"));
    return EXIT_DONE;
}

static int run_stop(struct command_context *context)
{
    struct err err;

    if (!want_private(context, &err) || !cluster_stop(&err))
        return command_fail(context, &err);
    out_add(context->out, STR("stopped\n"));
    return EXIT_DONE;
}

/* ---------------------------------------------------------------- status */

struct status_options {
    const char *format;
};

struct status {
    const struct command_context *context;
    enum database_source source;
    str place; /* folder of the private cluster; "" */
    int server, schema;
    struct db_result *inputs, *mails;
    struct db_result *imports; /* NULL in a schema that knows none */
};
enum { IMPORTS_SINCE = 8 };

enum { IN_PATH, IN_FORMAT, IN_POSITION, IN_CHANGED, IN_NODE, IN_FIRST, IN_LAST, IN_LINES, IN_EVENTS, IN_KNOWN,
       IN_UNREAD, IN_OVERSIZED };
enum { MAIL_KIND, MAIL_COUNT, MAIL_NEWEST };
enum { IMPORT_FORMAT, IMPORT_FILES, IMPORT_RECORDS, IMPORT_IRRELEVANT, IMPORT_UNREAD, IMPORT_NEWEST };

static size_t import_rows(const struct status *status)
{
    return status->imports ? db_rows(status->imports) : 0;
}

static const char *time_text(const struct db_result *r, size_t row, size_t column, char out[CLOCK_TEXT])
{
    return db_is_null(r, row, column) ? "" : clock_text(clock_floor(db_time(r, row, column), CLOCK_SECOND), out);
}

static void print_inputs(const struct status *status)
{
    static const char *const titles[] = {"format",  "node",    "first", "last", ">lines",
                                         ">events", ">unread", "path",  NULL};
    struct arena *arena = status->context->arena;
    struct grid grid = grid_new(arena, titles);
    const struct db_result *r = status->inputs;
    char time[CLOCK_TEXT];

    for (size_t i = 0; i < db_rows(r); i++) {
        str *cells = grid_row(&grid);

        cells[0] = db_text(r, i, IN_FORMAT);
        cells[1] = db_text(r, i, IN_NODE);
        cells[2] = arena_str(arena, str_of(time_text(r, i, IN_FIRST, time)));
        cells[3] = arena_str(arena, str_of(time_text(r, i, IN_LAST, time)));
        cells[4] = grid_number(arena, db_int(r, i, IN_LINES));
        cells[5] = grid_number(arena, db_int(r, i, IN_EVENTS));
        cells[6] = grid_number(arena, db_int(r, i, IN_UNREAD));
        cells[7] = db_text(r, i, IN_PATH);
    }
    grid_print(&grid, status->context->out);
}

static void print_status(const struct status *status)
{
    struct out *out = status->context->out;

    out_printf(out, "PostgreSQL %d.%d (%s%s", status->server / 10000, status->server % 10000,
               source_name(status->source), status->place.n ? ", " : "");
    out_show(out, status->place);
    out_printf(out, "), schema %d\n", status->schema);
    for (size_t i = 0; i < db_rows(status->mails); i++)
        out_printf(out, "%s%.*s %.*s", i ? ", " : "mails read: ",
                   STR_ARG(grid_number(status->context->arena, db_int(status->mails, i, MAIL_COUNT))),
                   STR_ARG(db_text(status->mails, i, MAIL_KIND)));
    if (db_rows(status->mails) > 0)
        out_add(out, STR("\n"));
    for (size_t i = 0; i < import_rows(status); i++)
        out_printf(out, "%s%.*s %.*s", i ? ", " : "files of figures read: ",
                   STR_ARG(grid_number(status->context->arena, db_int(status->imports, i, IMPORT_FILES))),
                   STR_ARG(db_text(status->imports, i, IMPORT_FORMAT)));
    if (import_rows(status) > 0)
        out_add(out, STR("\n"));
    if (db_rows(status->inputs) > 0)
        print_inputs(status);
    else
        out_add(out, STR("no log has been read yet: rebound ingest PATH...\n"));
}

static void json_text_member(struct json_out *to, const char *key, str value)
{
    json_key(to, key);
    json_str_or_none(to, value);
}

static void json_number_member(struct json_out *to, const char *key, int64_t value)
{
    json_key(to, key);
    json_int(to, value);
}

static void json_time_member(struct json_out *to, const char *key, int64_t at_us)
{
    json_key(to, key);
    json_time(to, at_us);
}

static void json_input(struct json_out *to, const struct db_result *r, size_t i)
{
    json_begin_object(to);
    json_text_member(to, "path", db_text(r, i, IN_PATH));
    json_text_member(to, "format", db_text(r, i, IN_FORMAT));
    json_text_member(to, "node", db_text(r, i, IN_NODE));
    json_number_member(to, "position", db_int(r, i, IN_POSITION));
    json_time_member(to, "changed_at", db_time(r, i, IN_CHANGED));
    json_time_member(to, "first_at", db_time(r, i, IN_FIRST));
    json_time_member(to, "last_at", db_time(r, i, IN_LAST));
    json_number_member(to, "lines", db_int(r, i, IN_LINES));
    json_number_member(to, "events", db_int(r, i, IN_EVENTS));
    json_number_member(to, "irrelevant", db_int(r, i, IN_KNOWN));
    json_number_member(to, "unread", db_int(r, i, IN_UNREAD));
    json_number_member(to, "oversized", db_int(r, i, IN_OVERSIZED));
    json_end_object(to);
}

static void json_imports(struct json_out *to, const struct status *status)
{
    json_begin_array(to);
    for (size_t i = 0; i < import_rows(status); i++) {
        json_begin_object(to);
        json_text_member(to, "format", db_text(status->imports, i, IMPORT_FORMAT));
        json_number_member(to, "files", db_int(status->imports, i, IMPORT_FILES));
        json_number_member(to, "records", db_int(status->imports, i, IMPORT_RECORDS));
        json_number_member(to, "irrelevant", db_int(status->imports, i, IMPORT_IRRELEVANT));
        json_number_member(to, "unread", db_int(status->imports, i, IMPORT_UNREAD));
        json_time_member(to, "newest_at", db_time(status->imports, i, IMPORT_NEWEST));
        json_end_object(to);
    }
    json_end_array(to);
}

static void json_status(const struct status *status)
{
    struct json_out to = {.to = &status->context->out->buf};

    json_begin_object(&to);
    json_text_member(&to, "database", str_of(source_name(status->source)));
    json_text_member(&to, "folder", status->place);
    json_number_member(&to, "server_version", status->server);
    json_number_member(&to, "schema", status->schema);
    json_key(&to, "inputs");
    json_begin_array(&to);
    for (size_t i = 0; i < db_rows(status->inputs); i++)
        json_input(&to, status->inputs, i);
    json_end_array(&to);
    json_key(&to, "mails");
    json_begin_array(&to);
    for (size_t i = 0; i < db_rows(status->mails); i++) {
        json_begin_object(&to);
        json_text_member(&to, "kind", db_text(status->mails, i, MAIL_KIND));
        json_number_member(&to, "mails", db_int(status->mails, i, MAIL_COUNT));
        json_time_member(&to, "newest_at", db_time(status->mails, i, MAIL_NEWEST));
        json_end_object(&to);
    }
    json_end_array(&to);
    json_key(&to, "imports");
    json_imports(&to, status);
    json_end_object(&to);
    buf_add_char(to.to, '\n');
}

static bool look(struct status *status, struct db *db, struct err *err)
{
    struct cluster_info cluster;

    context_conninfo(status->context, &status->source);
    if (status->source == DATABASE_PRIVATE && cluster_look(status->context->arena, &cluster, err))
        status->place = cluster.data;
    status->server = db_server_version(db);
    if (!schema_version(db, &status->schema, err))
        return false;
    if (status->schema == 0)
        return err_set(err, ERR_DB, "the database has no schema yet (rebound db init)");
    return db_run(db, "status_inputs", NULL, 0, &status->inputs, err) &&
           db_run(db, "status_mails", NULL, 0, &status->mails, err) &&
           (status->schema < IMPORTS_SINCE || db_run(db, "status_imports", NULL, 0, &status->imports, err));
}

static int run_status(struct command_context *context)
{
    const struct status_options *options = context->options;
    struct status status = {.context = context};
    struct err err;
    struct db *db = context_db_as_it_is(context, &err);
    const bool ok = db && look(&status, db, &err);

    if (ok && options->format && strcmp(options->format, "json") == 0)
        json_status(&status);
    else if (ok)
        print_status(&status);
    db_result_free(status.inputs);
    db_result_free(status.mails);
    db_result_free(status.imports);
    db_close(db);
    return ok ? EXIT_DONE : command_fail(context, &err);
}

/* ---------------------------------------------------------------- the command */

#define AT(member) offsetof(struct status_options, member)
static const struct option status_rows[] = {
    {0, "format", "text|json", "how to print it (default: text)", OPT_CHOICE, AT(format)},
};

static const struct command verbs[] = {
    {.name = "init", .summary = "Make the database, or bring it to this version", .uses_database = true,
     .run = run_init},
    {.name = "start", .summary = "Start the private PostgreSQL", .uses_database = true, .run = run_start},
    {.name = "stop", .summary = "Stop the private PostgreSQL", .uses_database = true, .run = run_stop},
    {.name = "status", .summary = "Show the database and every input that was read", .uses_database = true,
     .options = status_rows, .option_count = sizeof status_rows / sizeof *status_rows,
     .options_bytes = sizeof(struct status_options), .run = run_status},
    {.name = "upgrade", .summary = "Bring the schema to this version", .uses_database = true, .run = run_upgrade},
};

const struct command command_db = {
    .name = "db",
    .summary = "Make, start, stop, upgrade or show the database",
    .manual = "Without --database, REBOUND_DATABASE or a key `database` in the configuration, rebound keeps a private "
              "PostgreSQL of its own: reached through a socket only, run as the ordinary user (under root as "
              "`postgres`), made and started when a command needs it.",
    .verbs = verbs,
    .verb_count = sizeof verbs / sizeof *verbs,
};

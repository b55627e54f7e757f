#include "store/db.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "store/named.h"
#include "store/result.h"
#include "store/wire.h"

enum { OLDEST_SERVER = 140000, STATEMENT_TEXT = 24, ARGS_MOST = 64 };

/* A statement is one name with one list of argument types. */
struct prepared {
    char *name;
    char *types;
};

struct db {
    PGconn *conn;
    char *password; /* to keep it out of messages; "" none */
    struct arena *scratch;
    struct buf wire;
    struct prepared *prepared;
    size_t prepared_count;
    bool begun, copying;
    const char *sent; /* the statement whose answer nobody has read yet */
    char sqlstate[6];
};

struct db_result {
    PGresult *rows;
    struct arena *bytes;
};

/* ---------------------------------------------------------------- errors */

static void hide(char *text, const char *secret)
{
    const size_t n = strlen(secret);

    if (n == 0)
        return;
    for (char *at = text; (at = strstr(at, secret)) != NULL; at += n)
        memset(at, '*', n);
}

/* libpq's messages have several lines; the operator reads one. */
static void one_line(char *text)
{
    size_t n = strlen(text);

    while (n > 0 && (unsigned char)text[n - 1] <= ' ')
        text[--n] = '\0';
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            text[i] = ' ';
}

static enum err_kind kind_of(const char *sqlstate, bool lost)
{
    static const struct {
        const char *head;
        enum err_kind kind;
    } kinds[] = {
        {"40001", ERR_DB_RETRY}, /* serialization failure */
        {"40P01", ERR_DB_RETRY}, /* deadlock */
        {"55P03", ERR_DB_RETRY}, /* lock timeout */
        {"57P0", ERR_DB_RETRY},  /* server stops, crashed or starts */
        {"08", ERR_DB_RETRY},    /* connection */
        {"53100", ERR_IO},       /* disk full */
    };

    if (lost)
        return ERR_DB_RETRY;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(sqlstate, kinds[i].head, strlen(kinds[i].head)) == 0)
            return kinds[i].kind;
    return ERR_DB;
}

/* rows may be NULL: then the connection has the message. */
static bool fail(struct db *db, const PGresult *rows, const char *what, struct err *err)
{
    const bool lost = PQstatus(db->conn) == CONNECTION_BAD;
    const char *state = rows ? PQresultErrorField(rows, PG_DIAG_SQLSTATE) : NULL;
    const char *message = rows ? PQresultErrorField(rows, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    char text[400];

    snprintf(db->sqlstate, sizeof db->sqlstate, "%s", state ? state : "");
    snprintf(text, sizeof text, "%s", message ? message : PQerrorMessage(db->conn));
    one_line(text);
    hide(text, db->password);
    return err_set(err, kind_of(db->sqlstate, lost), "database: %s: %s%s%s%s", what,
                   *text ? text : "the connection was lost", state ? " (" : "", state ? state : "", state ? ")" : "");
}

const char *db_sqlstate(const struct db *db)
{
    return db->sqlstate;
}

/* ---------------------------------------------------------------- connection */

static void quiet(void *nothing, const PGresult *notice)
{
    (void)nothing;
    (void)notice;
}

/* The password and what is wrong with the text itself, before libpq sees it: its own message would show the text. */
static bool look_into(struct db *db, const char *conninfo, struct err *err)
{
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    bool good = options != NULL;

    db->password = mem_text(STR(""));
    for (PQconninfoOption *o = options; o && o->keyword; o++) {
        if (strcmp(o->keyword, "password") == 0 && o->val) {
            free(db->password);
            db->password = mem_text(str_of(o->val));
        }
        if (strcmp(o->keyword, "host") == 0 && o->val && *o->val != '@' && *o->val != '/' && strchr(o->val, '@'))
            good = false; /* an "@" of a password that was not written %40 */
    }
    PQconninfoFree(options);
    return good || err_set(err, ERR_CONFIG,
                           "database: this is no connection string: write KEY=VALUE pairs or "
                           "postgresql://USER@HOST/NAME, with %%40 for an @ in a password");
}

static PGconn *connect_to(const char *conninfo)
{
    /* What stands before dbname the connection string may change, what follows it not. */
    static const char *const names[] = {"connect_timeout",  "keepalives_idle",  "keepalives_interval",
                                        "keepalives_count", "tcp_user_timeout", "fallback_application_name",
                                        "dbname",           "client_encoding",  NULL};
    const char *const values[] = {"10", "30", "10", "3", "60000", "rebound", conninfo, "UTF8", NULL};

    return PQconnectdbParams(names, values, 1);
}

static void forget_prepared(struct db *db)
{
    for (size_t i = 0; i < db->prepared_count; i++) {
        free(db->prepared[i].name);
        free(db->prepared[i].types);
    }
    db->prepared_count = 0;
}

static bool check_server(struct db *db, struct err *err)
{
    const int version = PQserverVersion(db->conn);
    const char *encoding = PQparameterStatus(db->conn, "server_encoding");

    if (version < OLDEST_SERVER)
        return err_set(err, ERR_CONFIG, "database: PostgreSQL 14 or newer is needed, the server is %d",
                       version / 10000);
    if (encoding && strcmp(encoding, "UTF8") != 0)
        return err_set(err, ERR_CONFIG, "database: its encoding is %s; create one with ENCODING 'UTF8'", encoding);
    return true;
}

static bool start_session(struct db *db, struct err *err)
{
    if (PQstatus(db->conn) != CONNECTION_OK)
        return fail(db, NULL, "connect", err);
    PQsetNoticeReceiver(db->conn, quiet, NULL);
    return check_server(db, err) && db_script(db, "db_session", err);
}

struct db *db_open(const char *conninfo, struct err *err)
{
    struct db *db = mem_zero(1, sizeof *db);

    db->scratch = arena_new();
    if (!look_into(db, conninfo, err))
        goto failed;
    db->conn = connect_to(conninfo);
    if (!start_session(db, err)) {
        if (err->kind == ERR_DB_RETRY)
            err->kind = ERR_DB; /* there was no connection to lose */
        goto failed;
    }
    return db;
failed:
    db_close(db);
    return NULL;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    forget_prepared(db);
    free(db->prepared);
    PQfinish(db->conn);
    buf_free(&db->wire);
    arena_free(db->scratch);
    free(db->password);
    free(db);
}

int db_server_version(const struct db *db)
{
    return PQserverVersion(db->conn);
}

static bool good_status(const PGresult *rows)
{
    const ExecStatusType status = PQresultStatus(rows);
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

/* Reads all that the server still has to say; false with err filled for its first complaint. */
static bool read_verdict(struct db *db, const char *what, struct err *err)
{
    bool good = true;
    PGresult *rows;

    while ((rows = PQgetResult(db->conn)) != NULL) {
        if (good && !good_status(rows))
            good = fail(db, rows, what, err);
        PQclear(rows);
        if (PQstatus(db->conn) == CONNECTION_BAD)
            break;
    }
    return good;
}

bool db_settle(struct db *db, struct err *err)
{
    const char *what = db->sent;

    db->sent = NULL;
    return !what || read_verdict(db, what, err);
}

bool db_is_busy(struct db *db)
{
    return db->sent && PQconsumeInput(db->conn) && PQisBusy(db->conn);
}

/* A connection that was lost comes back here, but never in the middle of a transaction. */
static bool ready(struct db *db, struct err *err)
{
    if (!db_settle(db, err))
        return false;
    if (PQstatus(db->conn) == CONNECTION_OK)
        return true;
    if (db->begun)
        return err_set(err, ERR_DB_RETRY, "database: the connection was lost");
    forget_prepared(db);
    db->copying = false;
    PQreset(db->conn);
    return start_session(db, err);
}

/* ---------------------------------------------------------------- statements */

static void types_text(const struct db_arg *args, size_t count, char out[ARGS_MOST + 1])
{
    for (size_t i = 0; i < count; i++)
        out[i] = (char)('A' + (int)args[i].type);
    out[count] = '\0';
}

static size_t find_prepared(const struct db *db, const char *name, const char *types)
{
    size_t i = 0;

    while (i < db->prepared_count &&
           (strcmp(db->prepared[i].name, name) != 0 || strcmp(db->prepared[i].types, types) != 0))
        i++;
    return i;
}

/* Short names of our own: the server cuts long ones at 63 bytes. */
static const char *statement_name(size_t index, char out[STATEMENT_TEXT])
{
    snprintf(out, STATEMENT_TEXT, "s%zu", index);
    return out;
}

static bool send_prepare(struct db *db, size_t index, const char *name, const char *text, const char *types,
                         struct err *err)
{
    char statement[STATEMENT_TEXT];
    Oid oids[ARGS_MOST];
    const size_t count = strlen(types);

    for (size_t i = 0; i < count; i++)
        oids[i] = wire_oid((enum db_type)(types[i] - 'A'));
    PGresult *rows = PQprepare(db->conn, statement_name(index, statement), text, (int)count, oids);
    const bool done = PQresultStatus(rows) == PGRES_COMMAND_OK;
    if (!done)
        fail(db, rows, name, err);
    PQclear(rows);
    return done;
}

static bool prepare(struct db *db, const char *name, const char *types, size_t *index, struct err *err)
{
    *index = find_prepared(db, name, types);
    if (*index < db->prepared_count)
        return true;
    const char *text = named_text(name, err);
    if (!text || !send_prepare(db, *index, name, text, types, err))
        return false;
    db->prepared = mem_grow(db->prepared, (db->prepared_count + 1) * sizeof *db->prepared);
    db->prepared[db->prepared_count++] = (struct prepared){mem_text(str_of(name)), mem_text(str_of(types))};
    return true;
}

static bool is_null(const struct db_arg *arg)
{
    return arg->null || (arg->type == DB_TIME && arg->i == CLOCK_NONE);
}

/* What libpq takes for $1..$n; values point into db->wire. */
struct params {
    int count;
    const char *values[ARGS_MOST];
    int lengths[ARGS_MOST], formats[ARGS_MOST];
    char statement[STATEMENT_TEXT];
};

static void make_params(struct db *db, const struct db_arg *args, size_t count, struct params *out)
{
    size_t starts[ARGS_MOST];

    buf_clear(&db->wire);
    buf_reserve(&db->wire, 1); /* so that p is there even for empty values */
    for (size_t i = 0; i < count; i++) {
        starts[i] = db->wire.n;
        if (!is_null(&args[i]))
            wire_value(&db->wire, &args[i], db->scratch);
        out->lengths[i] = (int)(db->wire.n - starts[i]);
        out->formats[i] = 1;
    }
    for (size_t i = 0; i < count; i++)
        out->values[i] = is_null(&args[i]) ? NULL : db->wire.p + starts[i];
    out->count = (int)count;
    arena_reset(db->scratch);
}

/* Everything up to the moment of sending. The server may still be at work on what was sent before: values are made ready
 * meanwhile. */
static bool bind(struct db *db, const char *name, const struct db_arg *args, size_t count, struct params *out,
                 struct err *err)
{
    char types[ARGS_MOST + 1];
    size_t index;

    if (count > ARGS_MOST)
        return err_set(err, ERR_DB, "database: %s: %zu arguments (limit %d)", name, count, ARGS_MOST);
    types_text(args, count, types);
    make_params(db, args, count, out);
    if (!ready(db, err) || !prepare(db, name, types, &index, err))
        return false;
    statement_name(index, out->statement);
    return true;
}

static struct db_result *result_new(PGresult *rows)
{
    struct db_result *result = mem_zero(1, sizeof *result);

    result->rows = rows;
    return result;
}

bool db_run(struct db *db, const char *name, const struct db_arg *args, size_t count, struct db_result **out,
            struct err *err)
{
    struct params p;

    if (out)
        *out = NULL;
    if (!bind(db, name, args, count, &p, err))
        return false;
    PGresult *rows = PQexecPrepared(db->conn, p.statement, p.count, p.values, p.lengths, p.formats, 0);
    const bool good = good_status(rows);
    if (!good)
        fail(db, rows, name, err);
    if (good && out)
        *out = result_new(rows);
    else
        PQclear(rows);
    return good;
}

bool db_send(struct db *db, const char *name, const struct db_arg *args, size_t count, struct err *err)
{
    struct params p;

    if (!bind(db, name, args, count, &p, err))
        return false;
    if (!PQsendQueryPrepared(db->conn, p.statement, p.count, p.values, p.lengths, p.formats, 0))
        return fail(db, NULL, name, err);
    db->sent = name;
    return true;
}

/* The rest of an answer that nobody wants any more: ask the server to stop, then read what is under way. */
static void give_up(struct db *db)
{
    PGcancel *cancel = PQgetCancel(db->conn);
    char ignored[256];
    PGresult *rows;

    if (cancel)
        PQcancel(cancel, ignored, sizeof ignored);
    PQfreeCancel(cancel);
    while ((rows = PQgetResult(db->conn)) != NULL)
        PQclear(rows);
}

/* One row, or the empty end, or an error; takes rows over. */
static bool take_row(struct db *db, const char *name, PGresult *rows, db_row_fn *each, void *state, struct err *err)
{
    struct db_result row = {.rows = rows};
    bool good = true;

    if (PQresultStatus(rows) == PGRES_SINGLE_TUPLE)
        good = each(state, &row, err);
    else if (!good_status(rows))
        good = fail(db, rows, name, err);
    arena_free(row.bytes);
    PQclear(rows);
    return good;
}

bool db_each(struct db *db, const char *name, const struct db_arg *args, size_t count, db_row_fn *each, void *state,
             struct err *err)
{
    struct params p;
    PGresult *rows;

    if (!bind(db, name, args, count, &p, err))
        return false;
    if (!PQsendQueryPrepared(db->conn, p.statement, p.count, p.values, p.lengths, p.formats, 0))
        return fail(db, NULL, name, err);
    PQsetSingleRowMode(db->conn);
    while ((rows = PQgetResult(db->conn)) != NULL)
        if (!take_row(db, name, rows, each, state, err)) {
            give_up(db);
            return false;
        }
    return true;
}

static bool command(struct db *db, const char *text, const char *what, struct err *err)
{
    PGresult *rows = PQexec(db->conn, text);
    const bool good = good_status(rows);

    if (!good)
        fail(db, rows, what, err);
    PQclear(rows);
    return good;
}

bool db_script(struct db *db, const char *name, struct err *err)
{
    const char *text = named_text(name, err);

    return text && ready(db, err) && command(db, text, name, err);
}

bool db_begin(struct db *db, struct err *err)
{
    if (!ready(db, err) || !command(db, "BEGIN", "begin", err))
        return false;
    db->begun = true;
    return true;
}

/* COMMIT of a transaction in which a statement failed answers ROLLBACK, and no error. */
bool db_commit(struct db *db, struct err *err)
{
    if (!db_settle(db, err))
        return false;
    PGresult *rows = PQexec(db->conn, "COMMIT");
    bool good = good_status(rows);

    db->begun = false;
    if (!good)
        fail(db, rows, "commit", err);
    else if (strcmp(PQcmdStatus(rows), "COMMIT") != 0)
        good = err_set(err, ERR_DB, "database: commit: the transaction had failed and was rolled back");
    PQclear(rows);
    return good;
}

void db_rollback(struct db *db)
{
    struct err ignored;

    db_settle(db, &ignored);
    if (db->copying)
        db_copy_cancel(db);
    if (db->begun && PQstatus(db->conn) == CONNECTION_OK)
        PQclear(PQexec(db->conn, "ROLLBACK"));
    db->begun = false;
}

bool db_in_transaction(const struct db *db)
{
    return db->begun;
}

/* ---------------------------------------------------------------- COPY */

bool db_copy_begin(struct db *db, const char *name, struct err *err)
{
    const char *text = named_text(name, err);

    if (!text || !ready(db, err))
        return false;
    PGresult *rows = PQexec(db->conn, text);
    db->copying = PQresultStatus(rows) == PGRES_COPY_IN;
    if (!db->copying)
        fail(db, rows, name, err);
    PQclear(rows);
    return db->copying;
}

bool db_copy_put(struct db *db, str bytes, struct err *err)
{
    if (PQputCopyData(db->conn, bytes.p, (int)bytes.n) == 1)
        return true;
    return fail(db, NULL, "copy", err);
}

bool db_copy_end(struct db *db, struct err *err)
{
    db->copying = false;
    if (PQputCopyEnd(db->conn, NULL) != 1) {
        fail(db, NULL, "copy", err);
        struct err later;
        read_verdict(db, "copy", &later);
        return false;
    }
    return read_verdict(db, "copy", err);
}

void db_copy_cancel(struct db *db)
{
    struct err ignored;

    if (!db->copying)
        return;
    db->copying = false;
    if (PQputCopyEnd(db->conn, "cancelled") == 1)
        read_verdict(db, "copy", &ignored);
}

/* ---------------------------------------------------------------- results */

void db_result_free(struct db_result *result)
{
    if (!result)
        return;
    PQclear(result->rows);
    arena_free(result->bytes);
    free(result);
}

size_t db_rows(const struct db_result *result)
{
    return (size_t)PQntuples(result->rows);
}

size_t db_columns(const struct db_result *result)
{
    return (size_t)PQnfields(result->rows);
}

const char *db_column_name(const struct db_result *result, size_t column)
{
    return PQfname(result->rows, (int)column);
}

const char *db_tag(const struct db_result *result)
{
    return PQcmdTuples(result->rows);
}

bool db_is_null(const struct db_result *result, size_t row, size_t column)
{
    return PQgetisnull(result->rows, (int)row, (int)column);
}

str db_text(const struct db_result *result, size_t row, size_t column)
{
    return (str){PQgetvalue(result->rows, (int)row, (int)column),
                 (size_t)PQgetlength(result->rows, (int)row, (int)column)};
}

uint32_t db_column_oid(const struct db_result *result, size_t column)
{
    return PQftype(result->rows, (int)column);
}

struct arena *db_result_arena(const struct db_result *result)
{
    struct db_result *owner = (struct db_result *)result; /* what is decoded lives as long as it */

    if (!owner->bytes)
        owner->bytes = arena_new();
    return owner->bytes;
}

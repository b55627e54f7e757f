/*
 * db - PostgreSQL through named queries (libpq; this file is its only door).
 *
 * Every statement is a file of sql/queries or reports/, built in by name: no SQL text is made in C.
 * Values are bound, never pasted. A name is prepared once a connection.
 *
 * A name is sql/queries/NAME.sql, else sql/NAME.sql ("migrations/0001_base"), else reports/NAME.sql ("reports/" in front
 * is fine too). A connection that was lost is made anew by the next call outside a transaction.
 *
 * Ownership  db_run() hands out a result that the caller frees; views into it live as long as it does.
 *            A struct db is used by one thread at a time.
 * Errors     ERR_DB_RETRY for SQLSTATE 40001, 40P01, 55P03 and a lost connection, ERR_IO for a full disk (53100),
 *            ERR_CONFIG for a connection string that does not parse, ERR_DB for the rest.
 *            Messages are one line and never hold a conninfo's password.
 * Limits     statement_timeout 15 min, lock_timeout 60 s, search_path fixed to the schema `rebound`, on every connection.
 *            PostgreSQL 14 or newer, encoding UTF8. Numbers beyond a parameter's int4, int2 are clamped to its range.
 *            Prepared statements: a pooler in front has to pool by session.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

struct db;
struct db_result;

enum db_type {
    DB_INT8, DB_INT4, DB_INT2, DB_BOOL, DB_CHAR, DB_TEXT, DB_BYTEA,
    DB_TIME, /* timestamptz from at_us; CLOCK_NONE is NULL, in arrays too */
    DB_DATE, /* date from days since 1970 */
    DB_FLOAT8,
    DB_INT8_ARRAY, DB_INT4_ARRAY, DB_INT2_ARRAY, DB_BOOL_ARRAY, DB_CHAR_ARRAY, DB_TEXT_ARRAY, DB_BYTEA_ARRAY,
    DB_TIME_ARRAY, DB_DATE_ARRAY,
};

struct db_arg {
    enum db_type type;
    bool null;
    int64_t i;            /* INT8 INT4 INT2 BOOL CHAR TIME DATE */
    double d;
    str s;                /* TEXT BYTEA: cleaned of NUL and invalid UTF-8 on the way for TEXT */
    const int64_t *ints;  /* arrays of numbers, times, dates, bools, chars: all from int64_t */
    const str *texts;     /* TEXT_ARRAY, BYTEA_ARRAY */
    size_t count;         /* of an array */
};

#define DB_I8(v) ((struct db_arg){.type = DB_INT8, .i = (int64_t)(v)})
#define DB_I4(v) ((struct db_arg){.type = DB_INT4, .i = (v)})
#define DB_B(v) ((struct db_arg){.type = DB_BOOL, .i = (v)})
#define DB_C(v) ((struct db_arg){.type = DB_CHAR, .i = (v)})
#define DB_S(v) ((struct db_arg){.type = DB_TEXT, .s = (v)})
#define DB_RAW(v) ((struct db_arg){.type = DB_BYTEA, .s = (v)})
#define DB_T(v) ((struct db_arg){.type = DB_TIME, .i = (v)})
#define DB_D(v) ((struct db_arg){.type = DB_DATE, .i = (v)})
#define DB_NULL(t) ((struct db_arg){.type = (t), .null = true})
#define DB_INTS(t, v, n) ((struct db_arg){.type = (t), .ints = (v), .count = (n)})
#define DB_TEXTS(t, v, n) ((struct db_arg){.type = (t), .texts = (v), .count = (n)})

/* What a text column takes: NUL, control characters but TAB and LF, and broken UTF-8 become U+FFFD. */
str db_clean(str text, struct arena *arena);

struct db *db_open(const char *conninfo, struct err *err);
void db_close(struct db *db);
int db_server_version(const struct db *db); /* 150004 */
const char *db_sqlstate(const struct db *db); /* of the last failure; "" none from the server */

/* Runs one named statement; *out may be NULL when nothing is to be read. */
bool db_run(struct db *db, const char *name, const struct db_arg *args, size_t count, struct db_result **out,
            struct err *err);
/* Sends one named statement and does not wait: the server works while the caller goes on. Whether it went well is told
   by the next call on the connection, whatever that is (db_settle() when there is no other). */
bool db_send(struct db *db, const char *name, const struct db_arg *args, size_t count, struct err *err);
bool db_is_busy(struct db *db); /* with what was sent */
bool db_settle(struct db *db, struct err *err);
/* The same for an answer of any length, in memory that does not grow with it: each() gets rows one by one (row 0 of
   `row`, gone when it returns); false from it, with err filled, ends the reading (and fails a transaction around it).
   Nothing else runs on the connection meanwhile. */
typedef bool db_row_fn(void *state, const struct db_result *row, struct err *err);
bool db_each(struct db *db, const char *name, const struct db_arg *args, size_t count, db_row_fn *each, void *state,
             struct err *err);
/* Runs all statements of a named file without arguments (migrations, DDL). */
bool db_script(struct db *db, const char *name, struct err *err);
void db_result_free(struct db_result *result);

bool db_begin(struct db *db, struct err *err);
bool db_commit(struct db *db, struct err *err); /* ERR_DB_RETRY when its fate is unknown */
void db_rollback(struct db *db);
bool db_in_transaction(const struct db *db);

size_t db_rows(const struct db_result *result);
size_t db_columns(const struct db_result *result);
const char *db_column_name(const struct db_result *result, size_t column);
/* numeric: DB_INT8 when no value of the column has a fraction (sum(bigint)), else DB_FLOAT8; unknown types: DB_TEXT. */
enum db_type db_column_type(const struct db_result *result, size_t column);
bool db_is_null(const struct db_result *result, size_t row, size_t column);
int64_t db_int(const struct db_result *result, size_t row, size_t column);  /* ints, bool, "char" */
double db_float(const struct db_result *result, size_t row, size_t column); /* float8, numeric */
int64_t db_time(const struct db_result *result, size_t row, size_t column); /* at_us; CLOCK_NONE for NULL */
int64_t db_date(const struct db_result *result, size_t row, size_t column); /* days since 1970 */
str db_text(const struct db_result *result, size_t row, size_t column);     /* any type; "" for NULL */
str db_bytes(const struct db_result *result, size_t row, size_t column);    /* bytea, decoded */
const char *db_tag(const struct db_result *result);                         /* rows affected, as text */

/* Binary COPY in: a named file holds the COPY statement. Between begin and end nothing else runs on this connection. */
bool db_copy_begin(struct db *db, const char *name, struct err *err);
bool db_copy_put(struct db *db, str bytes, struct err *err);
bool db_copy_end(struct db *db, struct err *err);   /* commits nothing by itself */
void db_copy_cancel(struct db *db);

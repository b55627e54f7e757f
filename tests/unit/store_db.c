/* Values go to PostgreSQL and come back unchanged; every failure says who has to act. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <signal.h>

#include "base/clock.h"
#include "base/embed.h"
#include "cluster.h"
#include "store/copy.h"

/* The test's own statements, in the place of reports/. */
#define FILE(name, text) {name ".sql", text, sizeof text - 1}
static const struct embedded files[] = {
    FILE("backend", "SELECT pg_backend_pid()"),
    FILE("copy_letter", "COPY letter FROM STDIN (FORMAT binary)"),
    FILE("count", "SELECT count(*) FROM letter"),
    FILE("echo", "SELECT $1 AS value, pg_typeof($1)::text, $1::text"),
    FILE("elements", "SELECT array_length($1, 1), array_to_string($1, '|', 'NULL'), pg_typeof($1)::text"),
    FILE("guest", "CREATE ROLE guest LOGIN PASSWORD 'right'; SELECT pg_reload_conf();"),
    FILE("hold", "LOCK TABLE letter IN ACCESS EXCLUSIVE MODE"),
    FILE("impatient", "SET lock_timeout = '50ms'"),
    FILE("insert", "INSERT INTO letter (a) VALUES ($1)"),
    FILE("kill", "SELECT pg_terminate_backend($1)"),
    FILE("letters", "SELECT a, b, c, d, e, f, g FROM letter ORDER BY a"),
    FILE("raise", "SELECT raise_error($1)"),
    FILE("series", "SELECT n, repeat('x', 100) FROM generate_series(1, $1) AS n"),
    FILE("series_bad", "SELECT 10 / ($1 - n) FROM generate_series(1, 100) AS n"),
    FILE("set_up",
         "CREATE TABLE letter (a bigint PRIMARY KEY, b int, c smallint, d \"char\", e timestamptz, f date, g text);"
         "CREATE FUNCTION raise_error(code text) RETURNS void LANGUAGE plpgsql AS "
         "$$ BEGIN RAISE EXCEPTION 'it is what\nit is' USING ERRCODE = code; END $$;"),
    FILE("settings", "SELECT current_setting('search_path'), current_setting('statement_timeout'), "
                     "current_setting('lock_timeout'), current_setting('TimeZone'), "
                     "current_setting('application_name'), current_setting('client_encoding')"),
    FILE("sums", "SELECT sum(n), sum(n) / 3, avg(n), sum(n)::float8 / 4, sum(n) FILTER (WHERE n > 99), 'NaN'::numeric "
                 "FROM unnest(ARRAY[1, 2, 9007199254740993]::bigint[]) AS n"),
    FILE("syntax", "SELEKT 1"),
    FILE("truncate", "TRUNCATE letter"),
};
const struct embedded_table embedded_reports = {files, sizeof files / sizeof *files};

static struct db *db;

static void must(bool good, const struct err *err)
{
    if (!good)
        fail_msg("%s", err->text);
}

static struct db_result *ask(const char *name, const struct db_arg *args, size_t count)
{
    struct db_result *rows = NULL;
    struct err err = {0};

    must(db_run(db, name, args, count, &rows, &err), &err);
    return rows;
}

static void assert_text(const struct db_result *rows, size_t column, const char *want)
{
    const str got = db_text(rows, 0, column);

    assert_int_equal(got.n, strlen(want));
    assert_memory_equal(got.p, want, got.n);
}

/* ---------------------------------------------------------------- values */

#define TEXT(literal) {.type = DB_TEXT, .s = {literal, sizeof literal - 1}}
#define RAW(literal) {.type = DB_BYTEA, .s = {literal, sizeof literal - 1}}

static const struct {
    struct db_arg arg;
    const char *type;
    const char *text;
} scalars[] = {
    {DB_I8(INT64_MIN), "bigint", "-9223372036854775808"},
    {DB_I8(INT64_MAX), "bigint", "9223372036854775807"},
    {DB_I4(-7), "integer", "-7"},
    {DB_I4(INT64_C(5000000000)), "integer", "2147483647"}, /* clamped: a delay of 58 days in ms */
    {{.type = DB_INT2, .i = -40000}, "smallint", "-32768"},
    {DB_B(true), "boolean", "true"},
    {DB_B(false), "boolean", "false"},
    {DB_C('D'), "\"char\"", "D"},
    {TEXT("it's \"quoted\" \\ $1; --"), "text", "it's \"quoted\" \\ $1; --"},
    {TEXT(""), "text", ""},
    {TEXT("a\0b\xff"), "text", "a\xef\xbf\xbd" "b\xef\xbf\xbd"},
    {RAW("\0\1\xff"), "bytea", "\\x0001ff"},
    {DB_T(0), "timestamp with time zone", "1970-01-01 00:00:00+00"},
    {DB_T(-1), "timestamp with time zone", "1969-12-31 23:59:59.999999+00"},
    {DB_T(INT64_C(1772528701000012)), "timestamp with time zone", "2026-03-03 09:05:01.000012+00"},
    {DB_T(INT64_C(253402300799999999)), "timestamp with time zone", "9999-12-31 23:59:59.999999+00"},
    {DB_D(0), "date", "1970-01-01"},
    {DB_D(20515), "date", "2026-03-03"},
    {DB_D(-1), "date", "1969-12-31"},
    {{.type = DB_FLOAT8, .d = 0.1}, "double precision", "0.1"},
};

static void assert_same_value(const struct db_result *rows, const struct db_arg *arg)
{
    switch (arg->type) {
    case DB_INT8: case DB_BOOL: case DB_CHAR:
        assert_true(db_int(rows, 0, 0) == arg->i);
        break;
    case DB_TIME:
        assert_true(db_time(rows, 0, 0) == arg->i);
        break;
    case DB_DATE:
        assert_true(db_date(rows, 0, 0) == arg->i);
        break;
    case DB_FLOAT8:
        assert_true(db_float(rows, 0, 0) == arg->d);
        break;
    case DB_BYTEA:
        assert_true(str_eq(db_bytes(rows, 0, 0), arg->s));
        break;
    default:
        break;
    }
}

static void values_come_back_unchanged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++) {
        struct db_result *rows = ask("echo", &scalars[i].arg, 1);
        assert_text(rows, 1, scalars[i].type);
        assert_text(rows, 2, scalars[i].text);
        assert_int_equal(db_column_type(rows, 0), scalars[i].arg.type);
        assert_false(db_is_null(rows, 0, 0));
        assert_same_value(rows, &scalars[i].arg);
        db_result_free(rows);
    }
}

static void null_is_null(void **state)
{
    static const struct db_arg nulls[] = {DB_NULL(DB_INT8), DB_NULL(DB_TEXT), DB_NULL(DB_BYTEA), DB_T(CLOCK_NONE)};

    (void)state;
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++) {
        struct db_result *rows = ask("echo", &nulls[i], 1);
        assert_true(db_is_null(rows, 0, 0));
        assert_int_equal(db_text(rows, 0, 0).n, 0);
        assert_int_equal(db_bytes(rows, 0, 0).n, 0);
        assert_true(db_time(rows, 0, 0) == CLOCK_NONE);
        db_result_free(rows);
    }
}

static const int64_t numbers[] = {-1, 0, 40000}, letters[] = {'D', 'Q', 'F'}, flags[] = {1, 0, 2};
static const int64_t times[] = {0, CLOCK_NONE, 946684800000001}, days[] = {0, 10957, 20515};
static const str texts[] = {{"a|b", 3}, {"", 0}, {"NUL\0", 4}}, raws[] = {{"\0", 1}, {"", 0}, {"\xff\xfe", 2}};

static const struct {
    struct db_arg arg;
    const char *elements;
    const char *type;
} lists[] = {
    {DB_INTS(DB_INT8_ARRAY, numbers, 3), "-1|0|40000", "bigint[]"},
    {DB_INTS(DB_INT4_ARRAY, numbers, 3), "-1|0|40000", "integer[]"},
    {DB_INTS(DB_INT2_ARRAY, numbers, 3), "-1|0|32767", "smallint[]"},
    {DB_INTS(DB_BOOL_ARRAY, flags, 3), "t|f|t", "boolean[]"},
    {DB_INTS(DB_CHAR_ARRAY, letters, 3), "D|Q|F", "\"char\"[]"},
    {DB_TEXTS(DB_TEXT_ARRAY, texts, 3), "a|b||NUL\xef\xbf\xbd", "text[]"},
    {DB_TEXTS(DB_BYTEA_ARRAY, raws, 3), "\\x00|\\x|\\xfffe", "bytea[]"},
    {DB_INTS(DB_TIME_ARRAY, times, 3), "1970-01-01 00:00:00+00|NULL|2000-01-01 00:00:00.000001+00",
     "timestamp with time zone[]"},
    {DB_INTS(DB_DATE_ARRAY, days, 3), "1970-01-01|2000-01-01|2026-03-03", "date[]"},
};

static void lists_arrive_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct db_result *rows = ask("elements", &lists[i].arg, 1);
        assert_int_equal(db_int(rows, 0, 0), 3);
        assert_text(rows, 1, lists[i].elements);
        assert_text(rows, 2, lists[i].type);
        db_result_free(rows);
    }
    const struct db_arg none = DB_TEXTS(DB_TEXT_ARRAY, NULL, 0);
    struct db_result *rows = ask("elements", &none, 1);
    assert_true(db_is_null(rows, 0, 0));
    assert_text(rows, 1, "");
    db_result_free(rows);
}

static void sums_are_whole_and_rates_are_not(void **state)
{
    struct db_result *rows = ask("sums", NULL, 0);

    (void)state;
    assert_int_equal(db_column_type(rows, 0), DB_INT8);
    assert_true(db_int(rows, 0, 0) == INT64_C(9007199254740996)); /* beyond what a double holds */
    assert_int_equal(db_column_type(rows, 1), DB_FLOAT8);
    assert_int_equal(db_column_type(rows, 2), DB_FLOAT8);
    assert_int_equal(db_column_type(rows, 3), DB_FLOAT8);
    assert_true(db_float(rows, 0, 3) == 9007199254740996.0 / 4);
    assert_int_equal(db_column_type(rows, 4), DB_INT8);
    assert_int_equal(db_column_type(rows, 5), DB_FLOAT8);
    assert_true(isnan(db_float(rows, 0, 5)));
    assert_string_equal(db_column_name(rows, 0), "sum");
    assert_int_equal(db_columns(rows), 6);
    assert_int_equal(db_rows(rows), 1);
    db_result_free(rows);
}

static void sessions_have_our_settings(void **state)
{
    static const char *const want[] = {"rebound, pg_catalog", "15min", "1min", "UTC", "rebound", "UTF8"};
    struct db_result *rows = ask("settings", NULL, 0);

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_text(rows, i, want[i]);
    db_result_free(rows);
}

/* ---------------------------------------------------------------- failures */

static const struct {
    const char *sqlstate;
    enum err_kind kind;
} failures[] = {
    {"40001", ERR_DB_RETRY}, {"40P01", ERR_DB_RETRY}, {"55P03", ERR_DB_RETRY}, {"57P01", ERR_DB_RETRY},
    {"08006", ERR_DB_RETRY}, {"53100", ERR_IO},       {"53200", ERR_DB},       {"23505", ERR_DB},
    {"57014", ERR_DB},
};

static void failures_say_who_acts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        const struct db_arg code = DB_S(str_of(failures[i].sqlstate));
        struct err err = {0};
        assert_false(db_run(db, "raise", &code, 1, NULL, &err));
        assert_int_equal(err.kind, failures[i].kind);
        assert_string_equal(db_sqlstate(db), failures[i].sqlstate);
        assert_non_null(strstr(err.text, "database: raise: it is what it is ("));
    }
}

static void mistakes_in_a_name_or_a_text_are_told(void **state)
{
    struct err err = {0};

    (void)state;
    assert_false(db_run(db, "no_such_query", NULL, 0, NULL, &err));
    assert_string_equal(err.text, "database: no query is named \"no_such_query\"");
    assert_false(db_run(db, "syntax", NULL, 0, NULL, &err));
    assert_int_equal(err.kind, ERR_DB);
    assert_string_equal(db_sqlstate(db), "42601");
    assert_true(db_run(db, "reports/backend", NULL, 0, NULL, &err)); /* the connection lives */
}

static const struct {
    const char *conninfo; /* behind the private server's host */
    enum err_kind kind;
    const char *says;
} doors[] = {
    {"user=guest password=s3cret", ERR_DB, "password authentication failed"},
    {"user=nobody password=s3cret", ERR_DB, "does not exist"},
    {"dbname=nowhere password=s3cret", ERR_DB, "does not exist"},
    {"host=/nonexistent password=s3cret", ERR_DB, "No such file"},
    {"password=s3cret =", ERR_CONFIG, "no connection string"},
    {"s3cret", ERR_CONFIG, "no connection string"},
};

static void refused_connections_keep_the_password(void **state)
{
    char conninfo[512];

    (void)state;
    for (size_t i = 0; i < sizeof doors / sizeof *doors; i++) {
        struct err err = {0};
        snprintf(conninfo, sizeof conninfo, "%s %s", test_cluster.conninfo.p, doors[i].conninfo);
        assert_null(db_open(conninfo, &err));
        assert_int_equal(err.kind, doors[i].kind);
        assert_non_null(strstr(err.text, doors[i].says));
        assert_null(strstr(err.text, "s3cret"));
        assert_null(strchr(err.text, '\n'));
    }
    struct err err = {0};
    assert_null(db_open("postgresql://me:s3@cret@127.0.0.1:1/x", &err));
    assert_int_equal(err.kind, ERR_CONFIG);
    assert_null(strstr(err.text, "cret"));
}

/* ---------------------------------------------------------------- long answers */

struct tally {
    int64_t rows, sum, stop_at;
};

static bool add_up(void *state, const struct db_result *row, struct err *err)
{
    struct tally *tally = state;

    tally->rows++;
    tally->sum += db_int(row, 0, 0);
    if (tally->rows == tally->stop_at)
        return err_set(err, ERR_SIGNAL, "that is enough");
    return true;
}

static void long_answers_come_row_by_row(void **state)
{
    const struct db_arg many = DB_I8(100000), none = DB_I8(0), bad = DB_I8(50);
    struct tally all = {0}, some = {.stop_at = 10}, empty = {0}, broken = {0};
    struct err err = {0};

    (void)state;
    must(db_each(db, "series", &many, 1, add_up, &all, &err), &err);
    assert_int_equal(all.rows, 100000);
    assert_true(all.sum == INT64_C(5000050000));
    must(db_each(db, "series", &none, 1, add_up, &empty, &err), &err);
    assert_int_equal(empty.rows, 0);
    assert_false(db_each(db, "series", &many, 1, add_up, &some, &err)); /* the reader has enough */
    assert_string_equal(err.text, "that is enough");
    assert_false(db_each(db, "series_bad", &bad, 1, add_up, &broken, &err)); /* fails at row 50 */
    assert_string_equal(db_sqlstate(db), "22012");
    must(db_run(db, "backend", NULL, 0, NULL, &err), &err); /* and the connection is free again */
}

/* ---------------------------------------------------------------- transactions */

static int64_t count(void)
{
    struct db_result *rows = ask("count", NULL, 0);
    const int64_t n = db_int(rows, 0, 0);

    db_result_free(rows);
    return n;
}

static bool insert(int64_t a, struct err *err)
{
    const struct db_arg arg = DB_I8(a);

    return db_run(db, "insert", &arg, 1, NULL, err);
}

static void a_transaction_is_all_or_nothing(void **state)
{
    struct err err = {0};
    const int64_t before = count();

    (void)state;
    must(db_begin(db, &err) && insert(101, &err), &err);
    assert_true(db_in_transaction(db));
    db_rollback(db);
    assert_false(db_in_transaction(db));
    assert_int_equal(count(), before);
    must(db_begin(db, &err) && insert(101, &err) && insert(102, &err) && db_commit(db, &err), &err);
    assert_int_equal(count(), before + 2);
    must(db_begin(db, &err) && insert(103, &err), &err);
    assert_false(insert(101, &err));
    assert_false(db_commit(db, &err)); /* the server answers ROLLBACK, as if all were well */
    assert_int_equal(err.kind, ERR_DB);
    assert_int_equal(count(), before + 2);
}

static void kill_connection(void)
{
    struct err err = {0};
    struct db *other = db_open(test_cluster.conninfo.p, &err);
    struct db_result *rows = ask("backend", NULL, 0);
    const struct db_arg pid = DB_I4(db_int(rows, 0, 0));

    must(other && db_run(other, "kill", &pid, 1, NULL, &err), &err);
    db_result_free(rows);
    db_close(other);
    usleep(50 * 1000);
}

static void a_lost_connection_means_again(void **state)
{
    struct err err = {0};
    const int64_t before = count();

    (void)state;
    must(db_begin(db, &err) && insert(201, &err), &err);
    kill_connection();
    assert_false(insert(202, &err));
    assert_int_equal(err.kind, ERR_DB_RETRY);
    assert_false(insert(203, &err)); /* no new connection in the middle of a transaction */
    assert_int_equal(err.kind, ERR_DB_RETRY);
    assert_false(db_begin(db, &err)); /* nor a new transaction before the old one is given up */
    db_rollback(db);
    assert_int_equal(count(), before);
    must(db_begin(db, &err) && insert(201, &err) && db_commit(db, &err), &err);
    assert_int_equal(count(), before + 1);
}

static void a_commit_without_an_answer_is_uncertain(void **state)
{
    struct err err = {0};

    (void)state;
    must(db_begin(db, &err) && insert(301, &err), &err);
    kill_connection();
    assert_false(db_commit(db, &err));
    assert_int_equal(err.kind, ERR_DB_RETRY);
    must(insert(301, &err), &err);
}

static void waiting_for_a_lock_ends(void **state)
{
    struct err err = {0};
    struct db *other = db_open(test_cluster.conninfo.p, &err);

    (void)state;
    must(other && db_begin(other, &err) && db_run(other, "hold", NULL, 0, NULL, &err), &err);
    must(db_script(db, "impatient", &err), &err);
    assert_false(insert(401, &err));
    assert_int_equal(err.kind, ERR_DB_RETRY);
    assert_string_equal(db_sqlstate(db), "55P03");
    db_rollback(other);
    db_close(other);
    must(insert(401, &err), &err);
}

/* ---------------------------------------------------------------- COPY */

static void fill(struct copier *copier, int64_t a, str text)
{
    copy_int8(copier, a);
    copy_int4(copier, -5);
    copy_int2(copier, 7);
    copy_char(copier, 'F');
    copy_time(copier, INT64_C(1772528701000012));
    copy_date(copier, 20515);
    copy_text(copier, text);
}

static void rows_are_copied_as_they_are(void **state)
{
    struct err err = {0};
    struct copier copier = {0};
    char wide[8 * 1024 + 2];

    (void)state;
    must(db_script(db, "truncate", &err), &err);
    memset(wide, 'x', sizeof wide);
    memcpy(wide + 8 * 1024 - 1, "\xc3\xbc", 2); /* straddles the limit */
    must(db_begin(db, &err) && copy_begin(&copier, db, "copy_letter", &err), &err);
    must(copy_row(&copier, 7, &err), &err);
    fill(&copier, 1, STR("tab\t, line\n, \\. and \\N"));
    must(copy_row(&copier, 7, &err), &err);
    fill(&copier, 2, (str){wide, sizeof wide});
    must(copy_row(&copier, 7, &err), &err);
    copy_int8(&copier, 3);
    for (int i = 0; i < 6; i++)
        copy_null(&copier);
    must(copy_end(&copier, &err) && db_commit(db, &err), &err);
    assert_int_equal(copier.rows, 3);
    copy_free(&copier);

    struct db_result *rows = ask("letters", NULL, 0);
    assert_int_equal(db_rows(rows), 3);
    assert_int_equal(db_int(rows, 0, 1), -5);
    assert_int_equal(db_int(rows, 0, 2), 7);
    assert_int_equal(db_int(rows, 0, 3), 'F');
    assert_true(db_time(rows, 0, 4) == INT64_C(1772528701000012));
    assert_int_equal(db_date(rows, 0, 5), 20515);
    assert_text(rows, 6, "tab\t, line\n, \\. and \\N");
    assert_int_equal(db_text(rows, 1, 6).n, 8 * 1024 - 1);
    assert_true(db_is_null(rows, 2, 6));
    db_result_free(rows);
}

static void many_rows_go_in_pieces(void **state)
{
    struct err err = {0};
    struct copier copier = {0};
    const int64_t before = count();

    (void)state;
    must(db_begin(db, &err) && copy_begin(&copier, db, "copy_letter", &err), &err);
    for (int64_t i = 0; i < 20000; i++) {
        must(copy_row(&copier, 7, &err), &err);
        fill(&copier, 1000 + i, STR("host mx.example.org said: 550 5.1.1 User unknown"));
    }
    must(copy_end(&copier, &err) && db_commit(db, &err), &err);
    copy_free(&copier);
    assert_int_equal(count(), before + 20000);
}

static void a_bad_row_undoes_the_batch(void **state)
{
    struct err err = {0};
    struct copier copier = {0};
    const int64_t before = count();

    (void)state;
    must(db_begin(db, &err) && copy_begin(&copier, db, "copy_letter", &err), &err);
    for (int i = 0; i < 2; i++) {
        must(copy_row(&copier, 7, &err), &err);
        fill(&copier, 1, STR("the key is there already"));
    }
    assert_false(copy_end(&copier, &err));
    assert_int_equal(err.kind, ERR_DB);
    assert_string_equal(db_sqlstate(db), "23505");
    copy_free(&copier);
    db_rollback(db);
    assert_int_equal(count(), before);
}

static void a_copy_can_be_given_up(void **state)
{
    struct err err = {0};
    struct copier copier = {0};
    const int64_t before = count();

    (void)state;
    must(db_begin(db, &err) && copy_begin(&copier, db, "copy_letter", &err), &err);
    must(copy_row(&copier, 7, &err), &err);
    fill(&copier, 99, STR("half"));
    db_rollback(db); /* cancels it first */
    copy_free(&copier);
    assert_int_equal(count(), before);
    assert_false(copy_begin(&copier, db, "no_such_query", &err));
    copy_free(&copier);
}

static void a_server_gone_in_a_copy_means_again(void **state)
{
    struct err err = {0};
    struct copier copier = {0};
    bool good = true;

    (void)state;
    must(db_begin(db, &err), &err);
    struct db_result *rows = ask("backend", NULL, 0);
    must(copy_begin(&copier, db, "copy_letter", &err), &err);
    assert_int_equal(kill((pid_t)db_int(rows, 0, 0), SIGTERM), 0);
    db_result_free(rows);
    for (int64_t i = 0; good && i < 1000000; i++) {
        good = copy_row(&copier, 7, &err);
        if (good)
            fill(&copier, 500000 + i, STR("nobody listens"));
    }
    assert_false(good && copy_end(&copier, &err));
    assert_int_equal(err.kind, ERR_DB_RETRY);
    copy_free(&copier);
    db_rollback(db);
    must(db_begin(db, &err), &err);
    db_rollback(db);
}

/* ---------------------------------------------------------------- */

/* One role has to show a password; everybody else is let in. */
static void ask_guests_for_a_password(void)
{
    char path[512], old[8192];

    snprintf(path, sizeof path, "%s/postgresql/pg_hba.conf", test_cluster_folder);
    FILE *f = fopen(path, "r+");
    assert_non_null(f);
    const size_t n = fread(old, 1, sizeof old, f);
    rewind(f);
    fprintf(f, "local all guest scram-sha-256\n%.*s", (int)n, old);
    fclose(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back_unchanged),
        cmocka_unit_test(null_is_null),
        cmocka_unit_test(lists_arrive_whole),
        cmocka_unit_test(sums_are_whole_and_rates_are_not),
        cmocka_unit_test(sessions_have_our_settings),
        cmocka_unit_test(failures_say_who_acts),
        cmocka_unit_test(mistakes_in_a_name_or_a_text_are_told),
        cmocka_unit_test(refused_connections_keep_the_password),
        cmocka_unit_test(long_answers_come_row_by_row),
        cmocka_unit_test(a_transaction_is_all_or_nothing),
        cmocka_unit_test(a_lost_connection_means_again),
        cmocka_unit_test(a_commit_without_an_answer_is_uncertain),
        cmocka_unit_test(waiting_for_a_lock_ends),
        cmocka_unit_test(rows_are_copied_as_they_are),
        cmocka_unit_test(many_rows_go_in_pieces),
        cmocka_unit_test(a_bad_row_undoes_the_batch),
        cmocka_unit_test(a_copy_can_be_given_up),
        cmocka_unit_test(a_server_gone_in_a_copy_means_again),
    };
    struct err err = {0};

    db = test_cluster_start();
    ask_guests_for_a_password();
    if (!db_script(db, "set_up", &err) || !db_script(db, "guest", &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}

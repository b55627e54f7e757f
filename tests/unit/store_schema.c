/* Migrations, partitions, shipped rows; and the schema obeys the rules that let it run on a cluster. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/wait.h>

#include "base/clock.h"
#include "base/embed.h"
#include "cluster.h"
#include "store/copy.h"

/* The test's own statements, in the place of reports/. lint_*: each answers what breaks its rule. */
#define FILE(name, text) {name ".sql", text, sizeof text - 1}
#define OURS "n.nspname = 'rebound'"
static const struct embedded files[] = {
    FILE("brins", "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam "
                  "JOIN pg_class t ON t.oid = i.indrelid WHERE a.amname = 'brin' AND t.relname LIKE 'event%'"),
    FILE("category", "SELECT fault, advice FROM category WHERE category = $1"),
    FILE("copy_start", "COPY event FROM STDIN (FORMAT binary)"),
    FILE("create_database", "CREATE DATABASE empty"),
    FILE("days", "SELECT c.relname::text, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits JOIN pg_class c ON "
                 "c.oid = inhrelid WHERE inhparent = 'event'::regclass ORDER BY 1"),
    FILE("drop_day", "SELECT event_day_drop($1)"),
    FILE("forge_digest", "UPDATE schema_migration SET digest = 'something else' WHERE version = 1"),
    FILE("forge_newer", "INSERT INTO schema_migration VALUES (9999, '9999_later', '', now())"),
    FILE("indexes", "SELECT count(*) FROM pg_indexes WHERE tablename = 'event_20240229'"),
    /* 4: the distribution column is a plain NOT NULL bigint */
    FILE("lint_column",
         "SELECT t.name FROM unnest($1, $2, $3) AS t (name, kind, key) WHERE t.kind <> 0 AND NOT EXISTS "
         "(SELECT FROM pg_attribute a WHERE a.attrelid = t.name::regclass AND a.attname = t.key AND a.attnotnull "
         "AND a.atttypid = 'bigint'::regtype AND a.attgenerated = '' AND a.attidentity = '')"),
    /* 2, 3: a primary key everywhere but on event; it and every unique index hold the distribution column */
    FILE("lint_keys",
         "SELECT t.name FROM unnest($1, $2, $3) AS t (name, kind, key) WHERE t.name <> 'event' AND NOT EXISTS "
         "(SELECT FROM pg_index i WHERE i.indrelid = t.name::regclass AND i.indisprimary) "
         "UNION ALL SELECT i.indexrelid::regclass::text FROM unnest($1, $2, $3) AS t (name, kind, key) "
         "JOIN pg_index i ON i.indrelid = t.name::regclass AND i.indisunique WHERE t.kind <> 0 AND NOT EXISTS "
         "(SELECT FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attname = t.key AND a.attnum = ANY (i.indkey)) "
         "UNION ALL SELECT 'event' FROM pg_index WHERE indrelid = 'event'::regclass"),
    /* 5: no sequences; 8: no index on the partitioned parent */
    FILE("lint_objects",
         "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
         "WHERE " OURS " AND c.relkind IN ('S', 'I') "
         "UNION ALL SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
         "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE " OURS " AND a.attidentity <> ''"),
    /* 6, 7: no foreign keys, no EXCLUDE, no triggers, no rules, no default partition */
    FILE("lint_strings",
         "SELECT k.conname::text FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace "
         "WHERE " OURS " AND k.contype IN ('f', 'x', 't') "
         "UNION ALL SELECT g.tgname::text FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid "
         "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE " OURS
         "UNION ALL SELECT r.rulename::text FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class "
         "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE " OURS " AND r.rulename <> '_RETURN' "
         "UNION ALL SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
         "WHERE " OURS " AND pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT'"),
    /* every table is in the list, and nothing else */
    FILE("lint_tables",
         "SELECT coalesce(c.relname::text, t.name) FROM unnest($1, $2, $3) AS t (name, kind, key) FULL JOIN "
         "(SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE " OURS
         " AND c.relkind IN ('r', 'p') AND NOT c.relispartition) AS c ON c.relname = t.name "
         "WHERE c.relname IS NULL OR t.name IS NULL"),
    FILE("migrations", "SELECT count(*), max(version), count(*) FILTER (WHERE digest ~ '^[0-9a-f]{32}$') FROM schema_migration"),
    FILE("reference_xmin", "SELECT sum(xmin::text::bigint) FROM category"),
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

static int64_t ask_number(const char *name)
{
    struct db_result *rows = ask(name, NULL, 0);
    const int64_t n = db_int(rows, 0, 0);

    db_result_free(rows);
    return n;
}

static void assert_text(const struct db_result *rows, size_t row, size_t column, const char *want)
{
    const str got = db_text(rows, row, column);

    assert_int_equal(got.n, strlen(want));
    assert_memory_equal(got.p, want, got.n);
}

/* ---------------------------------------------------------------- migrations */

static void all_migrations_are_written_down(void **state)
{
    struct db_result *rows = ask("migrations", NULL, 0);
    struct err err = {0};
    int version;

    (void)state;
    assert_int_equal(db_int(rows, 0, 0), db_int(rows, 0, 1)); /* numbers have no gap */
    assert_int_equal(db_int(rows, 0, 2), db_int(rows, 0, 0));
    assert_int_equal(db_int(rows, 0, 1), schema_version_built_in());
    db_result_free(rows);
    must(schema_version(db, &version, &err), &err);
    assert_int_equal(version, schema_version_built_in());
    must(schema_ensure(db, &err) && schema_ensure(db, &err), &err);
}

static const struct {
    const char *forge;
    const char *says[2];
} forgeries[] = {
    {"forge_newer", {"its schema is 9999", "newer rebound"}},
    {"forge_digest", {"0001_base", "something else"}},
};

static void other_schemas_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
        struct err err = {0};
        must(db_begin(db, &err), &err);
        db_result_free(ask(forgeries[i].forge, NULL, 0));
        assert_false(schema_ensure(db, &err));
        assert_int_equal(err.kind, ERR_CONFIG);
        assert_non_null(strstr(err.text, forgeries[i].says[0]));
        assert_non_null(strstr(err.text, forgeries[i].says[1]));
        db_rollback(db);
    }
}

/* Each in a process of its own, with a connection of its own; their exit status tells. */
static void run_at_once(int count, const char *conninfo, bool (*work)(struct db *, struct err *))
{
    for (int i = 0; i < count; i++) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child > 0)
            continue;
        struct err err = {0};
        struct db *own = db_open(conninfo, &err);
        const bool good = own && work(own, &err);
        if (!good)
            fprintf(stderr, "%s\n", err.text);
        db_close(own);
        _exit(good ? 0 : 1);
    }
    for (int i = 0; i < count; i++) {
        int status = -1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
}

static void several_may_create_at_once(void **state)
{
    char conninfo[512];
    struct err err = {0};
    int version;

    (void)state;
    must(db_script(db, "create_database", &err), &err);
    snprintf(conninfo, sizeof conninfo, "%s dbname=empty", test_cluster.conninfo.p);
    struct db *other = db_open(conninfo, &err);
    must(other && schema_version(other, &version, &err), &err);
    assert_int_equal(version, 0);
    run_at_once(4, conninfo, schema_ensure);
    must(schema_version(other, &version, &err), &err);
    assert_int_equal(version, schema_version_built_in());
    db_close(other);
}

/* ---------------------------------------------------------------- lint */

static const struct {
    const char *query;
    bool listed; /* takes the list of tables */
} lints[] = {
    {"lint_tables", true}, {"lint_keys", true}, {"lint_column", true}, {"lint_objects", false}, {"lint_strings", false},
};

static void the_schema_could_be_distributed(void **state)
{
    str names[100], keys[100];
    int64_t kinds[100];
    size_t broken = 0;

    (void)state;
    assert_true(schema_table_count <= 100);
    for (size_t i = 0; i < schema_table_count; i++) {
        names[i] = str_of(schema_tables[i].name);
        keys[i] = str_of(schema_tables[i].key);
        kinds[i] = schema_tables[i].kind;
        assert_int_equal(schema_tables[i].kind == TABLE_REFERENCE, schema_tables[i].key == NULL);
    }
    const struct db_arg list[] = {DB_TEXTS(DB_TEXT_ARRAY, names, schema_table_count),
                                  DB_INTS(DB_INT4_ARRAY, kinds, schema_table_count),
                                  DB_TEXTS(DB_TEXT_ARRAY, keys, schema_table_count)};
    for (size_t i = 0; i < sizeof lints / sizeof *lints; i++) {
        struct db_result *rows = ask(lints[i].query, list, lints[i].listed ? 3 : 0);
        for (size_t row = 0; row < db_rows(rows); row++, broken++)
            print_error("%s: %.*s\n", lints[i].query, STR_ARG(db_text(rows, row, 0)));
        db_result_free(rows);
    }
    assert_int_equal(broken, 0);
}

/* ---------------------------------------------------------------- days */

static int64_t leap_day(void)
{
    return clock_days(2024, 2, 29);
}

static void days_become_partitions(void **state)
{
    const int64_t list[] = {leap_day() + 1, leap_day(), leap_day() + 1};
    struct err err = {0};

    (void)state;
    must(schema_day_list(db, list, 3, &err), &err);
    must(schema_days(db, leap_day() - 1, leap_day() + 1, &err), &err);
    must(schema_days(db, leap_day() - 1, leap_day() + 1, &err), &err);
    struct db_result *rows = ask("days", NULL, 0);
    assert_int_equal(db_rows(rows), 3);
    assert_text(rows, 0, 0, "event_20240228");
    assert_text(rows, 1, 0, "event_20240229");
    assert_text(rows, 1, 1, "FOR VALUES FROM ('2024-02-29 00:00:00+00') TO ('2024-03-01 00:00:00+00')");
    assert_text(rows, 2, 0, "event_20240301");
    db_result_free(rows);
    assert_int_equal(ask_number("brins"), 0);
    must(schema_index_sealed_day(db, leap_day(), &err), &err);
    assert_int_equal(ask_number("brins"), 1);
    assert_false(schema_days(db, 0, 100000, &err));
    assert_int_equal(err.kind, ERR_CONFIG);
}

static void a_day_gets_its_indexes_once(void **state)
{
    struct err err = {0};

    (void)state;
    for (int i = 0; i < 2; i++)
        must(schema_index_day(db, leap_day(), &err) && schema_index_sealed_day(db, leap_day(), &err), &err);
    assert_int_equal(ask_number("indexes"), 5); /* time, recipient, message, queue, hop */
    must(schema_index_day(db, leap_day() + 5000, &err), &err); /* no such day: nothing to do */
}

static void a_dropped_day_comes_back(void **state)
{
    const struct db_arg day = DB_D(leap_day() + 1);
    struct err err = {0};

    (void)state;
    db_result_free(ask("drop_day", &day, 1));
    must(schema_days(db, leap_day() + 1, leap_day() + 1, &err), &err);
    struct db_result *rows = ask("days", NULL, 0);
    assert_int_equal(db_rows(rows), 3);
    db_result_free(rows);
}

static bool add_june(struct db *own, struct err *err)
{
    const int64_t first = clock_days(2025, 6, 1);

    return schema_days(own, first, first + 29, err) && schema_index_day(own, first, err);
}

static void several_may_add_days_at_once(void **state)
{
    (void)state;
    run_at_once(4, test_cluster.conninfo.p, add_june);
    struct db_result *rows = ask("days", NULL, 0);
    assert_int_equal(db_rows(rows), 33);
    db_result_free(rows);
}

/* A batch of an hour must not hold up the first batch of the next day. */
static void a_running_copy_is_not_in_the_way(void **state)
{
    struct err err = {0};
    struct db *writer = db_open(test_cluster.conninfo.p, &err);
    struct copier copier = {0};

    (void)state;
    must(writer && db_begin(writer, &err) && copy_begin(&copier, writer, "copy_start", &err), &err);
    const int64_t from = clock_monotonic_us();
    must(schema_days(db, leap_day() + 2, leap_day() + 2, &err), &err);
    assert_true(clock_monotonic_us() - from < 5 * CLOCK_SECOND);
    copy_free(&copier);
    db_rollback(writer);
    db_close(writer);
}

/* ---------------------------------------------------------------- shipped rows and seed */

static void shipped_rows_are_written_when_they_change(void **state)
{
    struct schema_category categories[] = {
        {.category = STR("unknown_user"), .fault = STR("address"), .severity = STR("hard"), .class = 'A',
         .title = STR("No such user"), .advice = STR("Remove it.")},
        {.category = STR("listed"), .fault = STR("sender"), .severity = STR("soft"), .class = 'B',
         .title = STR("Listed"), .advice = STR("Ask for delisting.")},
    };
    const struct schema_blocklist blocklists[] = {
        {.blocklist = STR("zen"), .name = STR("ZEN"), .operator = STR("Example"), .type = STR("ip"),
         .status = STR("active"), .delist_url = STR("https://blocklist.example/"), .weight = 3}};
    const struct schema_provider providers[] = {{-5, STR("p"), STR("P"), STR("mailbox"), STR("p")}};
    const struct schema_shipped shipped = {categories, blocklists, providers, 2, 1, 1};
    const struct db_arg name = DB_S(STR("listed"));
    struct err err = {0};

    (void)state;
    must(schema_reference(db, &shipped, &err), &err);
    const int64_t written = ask_number("reference_xmin");
    must(schema_reference(db, &shipped, &err), &err);
    assert_true(ask_number("reference_xmin") == written); /* the same: nothing was touched */
    categories[1].advice = STR("Fix the cause first, then ask.");
    must(schema_reference(db, &shipped, &err), &err);
    assert_true(ask_number("reference_xmin") != written);
    struct db_result *rows = ask("category", &name, 1);
    assert_text(rows, 0, 0, "sender");
    assert_text(rows, 0, 1, "Fix the cause first, then ask.");
    db_result_free(rows);
}

static void the_seed_is_made_once(void **state)
{
    struct err err = {0};
    uint64_t first, second;
    struct db *other = db_open(test_cluster.conninfo.p, &err);

    (void)state;
    must(other && schema_seed(db, &first, &err) && schema_seed(other, &second, &err), &err);
    assert_true(first == second);
    db_close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_migrations_are_written_down),
        cmocka_unit_test(other_schemas_are_refused),
        cmocka_unit_test(several_may_create_at_once),
        cmocka_unit_test(the_schema_could_be_distributed),
        cmocka_unit_test(days_become_partitions),
        cmocka_unit_test(a_day_gets_its_indexes_once),
        cmocka_unit_test(a_dropped_day_comes_back),
        cmocka_unit_test(several_may_add_days_at_once),
        cmocka_unit_test(a_running_copy_is_not_in_the_way),
        cmocka_unit_test(shipped_rows_are_written_when_they_change),
        cmocka_unit_test(the_seed_is_made_once),
    };

    db = test_cluster_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

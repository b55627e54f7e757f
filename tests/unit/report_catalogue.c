/* Each report's description reads, and what is wrong in one is named with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/catalogue.h"

static void built_in_ones_read(void **state)
{
    static const char *const wanted[] = {"overview",     "providers", "domains",   "categories",  "failures",
                                         "blocklists",   "timeline",  "nodes",     "undelivered", "suppressions",
                                         "quality",      "senders",   "deferrals", "complaints",  "latency",
                                         "unclassified", "tls",       "reputation", "tls_reports"};
    struct arena *arena = arena_new();
    struct catalogue catalogue;
    struct err err = {0};

    (void)state;
    if (!catalogue_load(&catalogue, arena, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_non_null(catalogue_find(&catalogue, str_of(wanted[i])));
    assert_null(catalogue_find(&catalogue, STR("html/page")));
    for (size_t i = 0; i < catalogue.count; i++)
        for (const char *const *beside = catalogue.reports[i].beside; *beside; beside++)
            assert_non_null(catalogue_find(&catalogue, str_of(*beside)));
    arena_free(arena);
}

static void a_description_is_taken_apart(void **state)
{
    struct arena *arena = arena_new();
    struct report r;
    struct err err = {0};

    (void)state;
    assert_true(
        catalogue_read("x",
                       STR("-- title: Things\n-- promise: All of them: whole.\n-- takes: node stream\n-- layout: list\n"
                           "-- beside: y z\n-- column: n | Number | messages | how many\n"
                           "-- column: of | Of | messages detail | of how many\n"
                           "-- column: share | Share | rate n/of wide | the part\n"
                           "-- column: text | Text | text long | words\n"
                           "-- Only from here it is a comment: really.\nSELECT 1;\n"),
                       &r, arena, &err));
    assert_string_equal(r.query, "reports/x");
    assert_true(str_eq(r.promise, STR("All of them: whole.")));
    assert_int_equal(r.layout, LAYOUT_LIST);
    assert_true(r.takes[LIMIT_NODE] && r.takes[LIMIT_STREAM] && !r.takes[LIMIT_DOMAIN]);
    assert_string_equal(r.beside[1], "z");
    assert_null(r.beside[2]);
    assert_int_equal(r.column_count, 4);
    assert_int_equal(r.columns[2].numerator, 0);
    assert_int_equal(r.columns[2].denominator, 1);
    assert_true(r.columns[1].detail && r.columns[2].wide && r.columns[3].long_text);
    assert_int_equal(report_column(&r, "text"), 3);
    assert_int_equal(report_column(&r, "nothing"), -1);
    arena_free(arena);
}

static void mistakes_are_named(void **state)
{
#define GOOD "-- title: T\n-- promise: P\n"
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"SELECT 1;\n", "reports/x.sql: title, promise and columns are needed"},
        {GOOD "SELECT 1;\n", "reports/x.sql: title, promise and columns are needed"},
        {GOOD "-- colour: red\n", "reports/x.sql:3: \"colour\" is no key of a report"},
        {GOOD "-- takes: node planet\n", "reports/x.sql:3: takes: no limit is called \"planet\""},
        {GOOD "-- beside: a b c d e\n", "reports/x.sql:3: beside: more than 4 reports"},
        {GOOD "-- layout: cube\n", "reports/x.sql:3: layout: table, list or series, not \"cube\""},
        {GOOD "-- column: a | A | text\n", "reports/x.sql:3: a column is: name | title | unit | what it is"},
        {GOOD "-- column: a | A | text | what | more\n",
         "reports/x.sql:3: a column is: name | title | unit | what it is"},
        {GOOD "-- column: a | A | apples | what\n", "reports/x.sql:3: column a: no unit is called \"apples\""},
        {GOOD "-- column: a | A | text shiny | what\n", "reports/x.sql:3: column a: what is \"shiny\"?"},
        {GOOD "-- column: a | A | text | w\n-- column: a | A | text | w\n", "reports/x.sql:4: column a comes twice"},
        {GOOD "-- column: a | A | rate b/c | w\n", "reports/x.sql: column a: \"b/c\" are no columns"},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct report r;
        struct err err = {0};
        assert_false(catalogue_read("x", str_of(cases[i].text), &r, arena, &err));
        assert_string_equal(err.text, cases[i].want);
        assert_int_equal(err.kind, ERR_CONFIG);
    }
    arena_free(arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in_ones_read),
        cmocka_unit_test(a_description_is_taken_apart),
        cmocka_unit_test(mistakes_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

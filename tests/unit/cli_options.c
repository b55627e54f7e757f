/* options and nearest: what a command line fills, what it is told when it is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base_text.h"
#include "cli/nearest.h"
#include "cli/options.h"

struct values {
    bool json, all;
    const char *format, *output;
    struct texts nodes;
    int64_t top, since_us;
};

#define AT(member) offsetof(struct values, member)
static const struct option rows[] = {
    {0, "json", NULL, "as JSON", OPT_FLAG, AT(json)},
    {'a', "all", NULL, "all of it", OPT_FLAG, AT(all)},
    {'f', "format", "text|csv", "how", OPT_CHOICE, AT(format)},
    {'o', "output", "FILE", "where to", OPT_TEXT, AT(output)},
    {0, "node", "NAME", "which", OPT_TEXTS, AT(nodes)},
    {0, "top", "N", "how many", OPT_NUMBER, AT(top)},
    {0, "since", "AGE", "how far back", OPT_DURATION, AT(since_us)},
};

enum { MOST = 8 };

static bool parse(const char *const *args, bool stop_at_word, struct values *values, struct arena *arena,
                  struct arguments *rest, struct err *err)
{
    const struct option_table table = {rows, COUNT(rows), values};
    size_t count = 0;

    memset(values, 0, sizeof *values);
    while (count < MOST && args[count])
        count++;
    return options_parse(args, count, &table, 1, stop_at_word, arena, rest, err);
}

static void fills_the_struct(void **state)
{
    static const char *const args[MOST + 1] = {"one",    "--json", "-f",          "csv", "--node=a",
                                               "--node", "b",      "--since=36h", NULL};
    struct arena *arena = arena_new();
    struct arguments rest;
    struct values v;
    struct err err;
    (void)state;

    assert_true(parse(args, false, &v, arena, &rest, &err));
    assert_true(v.json && !v.all);
    assert_string_equal(v.format, "csv");
    assert_int_equal(v.nodes.count, 2);
    assert_string_equal(v.nodes.items[1], "b");
    assert_int_equal(v.since_us, 36 * CLOCK_HOUR);
    assert_int_equal(rest.count, 1);
    assert_string_equal(rest.items[0], "one");
    arena_free(arena);
}

static const struct {
    const char *args[MOST + 1];
    bool stop_at_word;
    const char *rest[MOST + 1];
} words[] = {
    {{"a", "b"}, false, {"a", "b"}},
    {{"-"}, false, {"-"}},
    {{"--all", "-", "x"}, false, {"-", "x"}},
    {{"--", "--json"}, false, {"--json"}},
    {{"a", "--", "-f", "b"}, false, {"a", "-f", "b"}},
    {{"--", "--", "-"}, false, {"--", "-"}},
    {{"--"}, false, {NULL}},
    {{"-a", "ingest", "--json", "-x"}, true, {"ingest", "--json", "-x"}},
    {{"caf\xe9.log", "new\nline"}, false, {"caf\xe9.log", "new\nline"}},
};

static void leaves_the_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        struct arena *arena = arena_new();
        struct arguments rest;
        struct values v;
        struct err err;
        size_t n = 0;

        assert_true(parse(words[i].args, words[i].stop_at_word, &v, arena, &rest, &err));
        for (; words[i].rest[n]; n++) {
            assert_true(n < rest.count);
            assert_string_equal(rest.items[n], words[i].rest[n]);
        }
        assert_int_equal(rest.count, n);
        arena_free(arena);
    }
}

static const struct {
    const char *args[MOST + 1];
    const char *message;
} wrong[] = {
    {{"--jsom"}, "unknown option --jsom, did you mean --json?"},
    {{"--frobnicate"}, "unknown option --frobnicate"},
    {{"-x"}, "unknown option -x"},
    {{"--format"}, "--format wants a value"},
    {{"--format", "xml"}, "--format wants text|csv, not \"xml\""},
    {{"-f", ""}, "-f wants text|csv, not \"\""},
    {{"--top", "many"}, "--top wants a whole number, not \"many\""},
    {{"--top=-1"}, "--top wants a whole number, not \"-1\""},
    {{"--since", "7"}, "--since wants a time span such as 90s, 15m, 36h, 7d or 4w, not \"7\""},
};

static void says_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct arena *arena = arena_new();
        struct arguments rest;
        struct values v;
        struct err err = {0};

        assert_false(parse(wrong[i].args, false, &v, arena, &rest, &err));
        assert_string_equal(err.text, wrong[i].message);
        assert_int_equal(err.kind, ERR_CONFIG);
        arena_free(arena);
    }
}

static const struct {
    const char *given, *meant; /* NULL: nobody knows */
} slips[] = {
    {"clasify", "classify"}, {"calssify", "classify"}, {"supp", "suppression"}, {"db", "db"}, {"dd", "db"},
    {"reprt", "report"},     {"PARSE", "parse"},       {"zebra", NULL},         {"", NULL},   {"x", NULL},
};

static void knows_what_was_meant(void **state)
{
    static const char *const names[] = {"classify", "db", "parse", "report", "suppression"};
    (void)state;

    for (size_t i = 0; i < COUNT(slips); i++) {
        struct nearest nearest = nearest_start(str_of(slips[i].given));

        for (size_t n = 0; n < COUNT(names); n++)
            nearest_offer(&nearest, names[n]);
        if (!slips[i].meant)
            assert_null(nearest.best);
        else
            assert_string_equal(nearest.best, slips[i].meant);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_the_struct),
        cmocka_unit_test(leaves_the_words),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(knows_what_was_meant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

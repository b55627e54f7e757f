/* Every SQL file says what it promises and stays inside what one server and a cluster both run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/arena.h"
#include "base/embed.h"

/* Words that work on one server and fail, or lie, on a cluster; or that make an answer depend on when it is asked. */
static const struct {
    const char *word;
    const char *why;
    bool reports_only;
} banned[] = {
    {"merge into", "no MERGE", false},
    {"pg_advisory", "advisory locks are per node", false},
    {"pg_try_advisory", "advisory locks are per node", false},
    {"skip locked", "fails over several shards", false},
    {"ctid", "rows move between shards", false},
    {"prepare transaction", "the cluster commits in two phases itself", false},
    {"hashtext", "hashes come from the client", false},
    {"nextval", "ids are content hashes", false},
    {"generated always", "ids are content hashes, keys are never generated", false},
    {"bigserial", "ids are content hashes", false},
    {"references ", "no foreign keys", false},
    {"create trigger", "no triggers", false},
    {"create rule", "no rules", false},
    {"exclude using", "no EXCLUDE", false},
    {"now()", "times are parameters", false},
    {"current_timestamp", "times are parameters", false},
    {"current_date", "times are parameters", false},
    {"clock_timestamp", "times are parameters", false},
    {"random()", "ids are content hashes", false},
    {"with recursive", "not over events", true},
    {"lateral", "aggregate inside, shape outside", true},
    {"percentile_", "percentiles come from log buckets", true},
};

/* Without comments, in lower case, blanks as one. */
static str bare(struct arena *arena, str text)
{
    char *out = arena_alloc(arena, text.n + 2);
    size_t n = 0;
    str line;

    while (str_take_line(&text, &line)) {
        const size_t comment = str_find(line, STR("--"));
        line = str_trim(str_to(line, comment));
        for (size_t i = 0; i < line.n; i++)
            if (line.p[i] != ' ' || (n > 0 && out[n - 1] != ' '))
                out[n++] = str_lower_char(line.p[i]);
        out[n++] = ' ';
    }
    return (str){out, n};
}

static size_t complaints(const struct embedded *file, bool report, struct arena *arena)
{
    const str text = bare(arena, embedded_text(file));
    size_t found = 0;

    for (size_t i = 0; i < sizeof banned / sizeof *banned; i++)
        if ((report || !banned[i].reports_only) && str_find(text, str_of(banned[i].word)) != STR_NONE) {
            print_error("%s: \"%s\": %s\n", file->name, banned[i].word, banned[i].why);
            found++;
        }
    return found;
}

static size_t check_table(const struct embedded_table *table, bool reports)
{
    struct arena *arena = arena_new();
    size_t found = 0;

    for (size_t i = 0; i < table->count; i++) {
        const struct embedded *file = &table->files[i];
        if (!str_ends(str_of(file->name), STR(".sql")))
            continue;
        if (!str_starts(embedded_text(file), STR("-- "))) {
            print_error("%s: does not open with what it promises\n", file->name);
            found++;
        }
        found += complaints(file, reports, arena);
        arena_reset(arena);
    }
    arena_free(arena);
    return found;
}

static void sql_stays_inside_the_rules(void **state)
{
    (void)state;
    assert_true(embedded_sql.count > 10);
    assert_int_equal(check_table(&embedded_sql, false) + check_table(&embedded_reports, true), 0);
}

static void the_check_sees_through_comments(void **state)
{
    static const char bad[] = "-- now() is fine here\nSELECT  Now() -- now()\n";
    const struct embedded file = {"bad.sql", bad, sizeof bad - 1};
    struct arena *arena = arena_new();

    (void)state;
    assert_true(str_eq(bare(arena, embedded_text(&file)), STR(" select now() ")));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sql_stays_inside_the_rules),
        cmocka_unit_test(the_check_sees_through_comments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

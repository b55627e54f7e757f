/*
 * suppress_cases - the policy against a real server: a file of cases from tests/sql, as written and with the facts in
 * other orders and runs in between. The last run is repeated: the second may change nothing.
 *
 * Define CASES_FILE and CASES_LEAST before including this.
 */
#include "suppress/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "cluster.h"

enum { LINES_MOST = 64, ORDERS = 2 };

struct lines {
    str at[LINES_MOST];
    size_t count;
};

struct test_case {
    str name;
    struct lines before, facts; /* before: up to "-- then" */
    struct lines want;
    str protected_names[8];
    size_t protected_count;
    int64_t then_us, run_us;
    str only_state;  /* list entries of this state only */
    int64_t counted; /* with only_state: how many; -1 the lines count */
    bool fixed;      /* operators decide in between: no other order */
};

static struct db *db;
static int wrong; /* cases that did not come out; all are told before the test fails */

static void add(struct lines *lines, str line)
{
    assert_true(lines->count < LINES_MOST);
    lines->at[lines->count++] = line;
}

/* ---------------------------------------------------------------- psql: what only tests do */

static FILE *psql_open(const char *mode, const char *options)
{
    char command[1024];

    snprintf(command, sizeof command, "PGOPTIONS='-c search_path=rebound -c TimeZone=UTC -c synchronous_commit=off -c client_min_messages=warning' psql -qtAX -v ON_ERROR_STOP=1 %s '%s'", options,
             test_cluster.conninfo.p);
    return popen(command, mode);
}

static void psql_lines(const struct lines *lines, const size_t *order, size_t first, size_t end)
{
    FILE *f = psql_open("w", "-o /dev/null");

    assert_non_null(f);
    for (size_t i = first; i < end; i++) {
        const str line = lines->at[order ? order[i] : i];
        fprintf(f, "%.*s\n", STR_ARG(line));
    }
    assert_int_equal(pclose(f), 0);
}

static void psql_text(const char *text)
{
    struct lines lines = {.count = 0};

    add(&lines, str_of(text));
    psql_lines(&lines, NULL, 0, 1);
}

static void psql_file(const char *path)
{
    char options[512];

    snprintf(options, sizeof options, "-o /dev/null -f '%s'", path);
    FILE *f = psql_open("r", options);
    assert_non_null(f);
    assert_int_equal(pclose(f), 0);
}

static str read_all(FILE *f, struct buf *buf)
{
    size_t n;

    do {
        n = fread(buf_reserve(buf, 4096), 1, 4096, f);
        buf->n += n;
    } while (n > 0);
    *buf_reserve(buf, 1) = '\0';
    return buf_str(buf);
}

static void the_list(struct buf *out, str only_state)
{
    char path[128], options[160];

    snprintf(path, sizeof path, "%s/list", test_cluster_folder);
    snprintf(options, sizeof options, "-o '%s'", path);
    FILE *f = psql_open("w", options);
    fprintf(f, "SELECT entry FROM list WHERE '%.*s' IN ('', split_part(entry, ' ', 3)) ORDER BY entry COLLATE \"C\";\n",
            STR_ARG(only_state));
    assert_int_equal(pclose(f), 0);
    f = fopen(path, "r");
    assert_non_null(f);
    read_all(f, out);
    fclose(f);
}

/* ---------------------------------------------------------------- one case */

static void run_policy(const struct test_case *c, int64_t now_us, bool twice)
{
    const struct policy_options options = {.now_us = now_us, .protected_names = c->protected_names,
                                           .protected_count = c->protected_count, .sweep = true};
    struct policy_outcome out;
    struct err err = {0};

    for (int i = 0; i < (twice ? 2 : 1); i++)
        if (!policy_run(db, &options, &out, &err))
            fail_msg("%.*s: %s", STR_ARG(c->name), err.text);
    if (twice && out.added + out.extended + out.released + out.expired + out.pending + out.lifted + out.withdrawn)
        fail_msg("%.*s: the second run changed something", STR_ARG(c->name));
}

static void compare(const struct test_case *c, const char *how)
{
    struct buf got = {0}, want = {0};
    size_t lines = 0;

    the_list(&got, c->only_state);
    for (size_t i = 0; i < got.n; i++)
        lines += got.p[i] == '\n';
    for (size_t i = 0; i < c->want.count; i++)
        buf_printf(&want, "%.*s\n", STR_ARG(c->want.at[i]));
    if (c->counted >= 0 ? (int64_t)lines != c->counted : !str_eq(buf_str(&got), buf_str(&want)))
        wrong += fprintf(stderr, "case %.*s (%s)\nwant:\n%sgot:\n%s", STR_ARG(c->name), how, want.p ? want.p : "",
                         got.p ? got.p : "") > 0;
    buf_free(&got);
    buf_free(&want);
}

static void as_written(const struct test_case *c)
{
    psql_text("SELECT forget_all();");
    if (c->fixed) {
        psql_lines(&c->before, NULL, 0, c->before.count);
        run_policy(c, c->then_us, false);
    }
    psql_lines(&c->facts, NULL, 0, c->facts.count);
    run_policy(c, c->run_us, true);
    compare(c, "as written");
}

/* Fisher and Yates, with numbers that are the same every time. */
static void shuffle(size_t *order, size_t count, uint64_t seed)
{
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count; i > 1; i--) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const size_t k = (size_t)(seed >> 33) % i, was = order[i - 1];
        order[i - 1] = order[k];
        order[k] = was;
    }
}

static void in_another_order(const struct test_case *c, uint64_t seed)
{
    size_t order[LINES_MOST];
    char how[64];

    psql_text("SELECT forget_all();");
    shuffle(order, c->facts.count, seed);
    const size_t step = seed == 1 ? 1 : c->facts.count; /* the first order with a run after each fact */
    for (size_t i = 0; i < c->facts.count; i += step) {
        psql_lines(&c->facts, order, i, i + step);
        run_policy(c, c->run_us, i + step >= c->facts.count);
    }
    snprintf(how, sizeof how, "order %d", (int)seed);
    compare(c, how);
}

static void try_case(const struct test_case *c)
{
    as_written(c);
    for (uint64_t seed = 1; !c->fixed && c->facts.count > 1 && seed <= ORDERS; seed++)
        in_another_order(c, seed);
}

/* ---------------------------------------------------------------- reading the cases */

static int64_t time_of(str text)
{
    char full[64];
    int64_t at_us;

    snprintf(full, sizeof full, "%.*s%s:00Z", STR_ARG(text), text.n > 10 ? "" : " 00:00");
    str view = str_of(full);
    if (!clock_take_rfc3339(&view, &at_us))
        fail_msg("no time: %.*s", STR_ARG(text));
    return at_us;
}

static void read_directive(struct test_case *c, str line)
{
    if (str_take(&line, STR("-- | "))) {
        add(&c->want, line);
    } else if (str_take(&line, STR("-- run "))) {
        c->run_us = time_of(line);
    } else if (str_take(&line, STR("-- only "))) {
        c->only_state = line;
    } else if (str_take(&line, STR("-- count "))) {
        str_take_word(&line, &c->only_state);
        c->counted = atoll(str_skip_blanks(line).p);
    } else if (str_take(&line, STR("-- protect "))) {
        while (str_take_field(&line, ' ', &c->protected_names[c->protected_count]))
            c->protected_count++;
    } else if (str_take(&line, STR("-- then "))) {
        c->then_us = time_of(line);
        c->before = c->facts;
        c->facts.count = 0;
        c->fixed = true;
    }
}

static void run_cases(void **state)
{
    struct buf text = {0};
    struct test_case c = {.counted = -1};
    FILE *f = fopen(TEST_DATA "/../sql/" CASES_FILE, "r");
    size_t cases = 0;

    (void)state;
    assert_non_null(f);
    str rest = read_all(f, &text), line;
    fclose(f);
    while (str_take_line(&rest, &line)) {
        if (str_take(&line, STR("-- case "))) {
            c = (struct test_case){.name = line, .counted = -1};
        } else if (str_starts(line, STR("-- "))) {
            read_directive(&c, line);
        } else if (line.n > 0) {
            add(&c.facts, line);
        }
        if (c.run_us && (rest.n == 0 || *rest.p == '\n')) {
            try_case(&c);
            cases++;
            c.run_us = 0;
        }
    }
    assert_true(cases >= CASES_LEAST);
    assert_int_equal(wrong, 0);
    buf_free(&text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(run_cases)};

    db = test_cluster_start();
    psql_file(TEST_DATA "/../sql/suppress_fixture.sql");
    return cmocka_run_group_tests(tests, NULL, NULL);
}

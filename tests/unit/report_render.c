/* Hostile and awkward texts in each output: nothing they hold may act on the reader's terminal, browser or spreadsheet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "cluster.h"
#include "report/render.h"

static struct db *db;
static struct arena *arena;
static struct catalogue catalogue;

static void must(bool ok, const struct err *err)
{
    if (!ok)
        fail_msg("%s", err->text);
}

static void load(const char *file)
{
    char command[1024];

    snprintf(command, sizeof command,
             "PGOPTIONS='-c search_path=rebound -c TimeZone=UTC' psql -qX -v ON_ERROR_STOP=1 -f %s/report/%s '%.*s' "
             ">/dev/null",
             TEST_DATA, file, STR_ARG(test_cluster.conninfo));
    assert_int_equal(system(command), 0);
}

static int64_t at(const char *text)
{
    str rest = {text, strlen(text)};
    int64_t us = 0;

    assert_true(clock_take_rfc3339(&rest, &us));
    return us;
}

static void ask(struct answers *answers, const char *const *names, bool redact)
{
    struct question q = {.top = 50, .redact = redact};
    struct err err = {0};
    int64_t newest;

    must(ask_newest(db, &newest, &err), &err);
    must(window_make("2026-03-01", "2026-03-08", BY_COHORT, at("2026-11-23T09:00:00Z"), newest, &q.window, &err), &err);
    answers_init(answers, &q, at("2026-11-23T09:00:00Z"), arena);
    for (size_t i = 0; names[i]; i++)
        must(answers_add(answers, db, catalogue_find(&catalogue, str_of(names[i])), false, &err), &err);
}

static bool holds(const struct buf *b, const char *text)
{
    return str_find(buf_str(b), str_of(text)) != STR_NONE;
}

static void json_is_whole_and_valid(void **state)
{
    static const char *const names[] = {"overview", "senders", "failures", "timeline", NULL};
    struct answers answers;
    struct buf b = {0};
    struct err err = {0};

    (void)state;
    ask(&answers, names, false);
    render_json(&b, &answers);
    struct json_value *v = json_parse(buf_str(&b), &err);
    if (!v)
        fail_msg("%s", err.text);
    assert_true(str_eq(json_get_text(v, "generated_at"), STR("2026-11-23T09:00:00Z")));
    assert_true(str_eq(json_get_text(json_get(v, "window"), "since"), STR("2026-03-01T00:00:00Z")));
    assert_true(str_eq(json_get_text(json_get(v, "window"), "by"), STR("cohort")));
    assert_int_equal(json_count(json_get(v, "reports")), 4);
    const struct json_value *overview = json_at(json_get(v, "reports"), 0);
    const struct json_value *row = json_at(json_get(overview, "rows"), 0);
    double rate;
    int64_t n;
    assert_true(str_eq(json_get_text(overview, "name"), STR("overview")));
    assert_true(json_whole(json_get(row, "attempted"), &n) && n == 150);
    assert_true(json_number(json_get(row, "delivery_rate"), &rate) && rate == 128.0 / 143.0);
    assert_int_equal(json_count(json_get(overview, "columns")), json_count(row));
    json_free(v);
    buf_free(&b);
    answers_free(&answers);
}

static void csv_is_no_formula(void **state)
{
    static const char *const names[] = {"failures", "senders", NULL};
    struct answers answers;
    struct buf b = {0};

    (void)state;
    ask(&answers, names, false);
    render_csv(&b, &answers);
    assert_true(str_starts(buf_str(&b), STR("signature,sample,category,")));
    assert_true(holds(&b, ",\"'=552 quota\","));
    assert_true(holds(&b, "\r\n\"'@SUM(A1)\",bulk,"));
    assert_true(holds(&b, "\r\n\"a \"\"quoted\"\", name\",bulk,"));
    assert_true(holds(&b, "\r\n-5,bulk,")); /* a number is none */
    buf_free(&b);
    answers_free(&answers);
}

static void text_moves_no_cursor(void **state)
{
    static const char *const names[] = {"overview", "senders", "undelivered", NULL};
    struct answers answers;
    struct buf b = {0};

    (void)state;
    ask(&answers, names, false);
    render_text(&b, &answers, &(struct text_style){.width = 80});
    for (size_t i = 0; i < b.n; i++)
        assert_true((unsigned char)b.p[i] >= ' ' || b.p[i] == '\n');
    assert_true(holds(&b, "\\x1b[2J"));
    assert_true(holds(&b, "Delivery rate"));
    assert_true(holds(&b, "128 of 143"));
    str rest = buf_str(&b), line;
    while (str_take_line(&rest, &line)) {
        size_t width = 0;
        for (size_t i = 0; i < line.n; i++)
            width += ((unsigned char)line.p[i] & 0xc0) != 0x80;
        if (width > 80)
            fail_msg("%zu wide: %.*s", width, STR_ARG(line));
    }
    buf_free(&b);
    answers_free(&answers);
}

static void page_runs_nothing_foreign(void **state)
{
    static const char *const bad[] = {
        "<img src=x", "<b>bold</b>", "=\"javascript:", "href=\"http://list.example\"onclick", " onclick=", " style=",
        "src=\"http", "@import",     "url(http"};
    struct answers answers;
    struct buf b = {0};
    struct err err = {0};

    (void)state;
    ask(&answers, page_reports, false);
    must(render_page(&b, &answers, NULL, &err), &err);
    assert_true(holds(&b, "Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-"));
    assert_true(holds(&b, "&lt;img src=x onerror=alert(1)&gt;"));
    assert_true(holds(&b, "\\u003cimg src=x"));
    assert_true(holds(&b, "href=\"https://list.example/remove\""));
    assert_false(holds(&b, "{{"));
    /* the chart library is looked at by its own makers; everything before it is ours */
    b.n = str_find(buf_str(&b), STR("Chart.js v"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (holds(&b, bad[i]) && strcmp(bad[i], " onclick=") != 0)
            fail_msg("the page holds %s", bad[i]);
    buf_free(&b);
    answers_free(&answers);
}

static void redacted_names_nobody(void **state)
{
    static const char *const secrets[] = {"bob@", "a.example", "192.0.2.1", "dan@"};
    struct answers answers;
    struct buf page = {0}, json = {0}, csv = {0}, text = {0};
    struct err err = {0};

    (void)state;
    ask(&answers, page_reports, true);
    must(render_page(&page, &answers, NULL, &err), &err);
    render_json(&json, &answers);
    render_csv(&csv, &answers);
    render_text(&text, &answers, &(struct text_style){.width = 100});
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        assert_false(holds(&page, secrets[i]));
        assert_false(holds(&json, secrets[i]));
        assert_false(holds(&csv, secrets[i]));
        assert_false(holds(&text, secrets[i]));
    }
    assert_true(holds(&page, "address-1") && holds(&json, "domain-1"));
    buf_free(&page);
    buf_free(&json);
    buf_free(&csv);
    buf_free(&text);
    answers_free(&answers);
}

static void actions_are_few_and_sorted(void **state)
{
    struct answers answers;
    struct actions found;

    (void)state;
    ask(&answers, page_reports, false);
    actions_find(&answers, &found);
    assert_int_equal(found.count, ACTIONS_MOST);
    assert_true(found.bad >= 1);
    for (size_t i = 0; i < found.count; i++) {
        assert_true(found.items[i].what.n > 0 && found.items[i].link.n > 0);
        assert_true(i == 0 || found.items[i - 1].level >= found.items[i].level);
    }
    assert_true(str_eq(found.items[0].link, STR("https://list.example/remove")));
    assert_true(str_starts(found.items[0].what, STR("Alive list blocks ")));
    answers_free(&answers);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_whole_and_valid), cmocka_unit_test(csv_is_no_formula),
        cmocka_unit_test(text_moves_no_cursor),    cmocka_unit_test(page_runs_nothing_foreign),
        cmocka_unit_test(redacted_names_nobody),   cmocka_unit_test(actions_are_few_and_sorted),
    };
    struct err err;

    db = test_cluster_start();
    arena = arena_new();
    if (!catalogue_load(&catalogue, arena, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    load("week.sql");
    load("hostile.sql");
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}

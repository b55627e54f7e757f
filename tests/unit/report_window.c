/* What --since and --until mean, at half past nine on 23 November, with data that is fresh or old. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/window.h"

#define NOW "2026-11-23T09:30:00Z"
#define FRESH "2026-11-23T09:29:00Z"
#define OLD "2026-03-07T12:00:00Z"

static int64_t at(const char *text)
{
    str rest = {text, strlen(text)};
    int64_t us = CLOCK_NONE;

    if (*text)
        assert_true(clock_take_rfc3339(&rest, &us));
    return us;
}

static void spans(void **state)
{
    static const struct {
        const char *since, *until, *newest;
        enum window_by by;
        const char *want_since, *want_until, *as_of;
    } cases[] = {
        /* the default: seven days, rounded out to the day or the hour */
        {NULL, NULL, FRESH, BY_COHORT, "2026-11-16T00:00:00Z", "2026-11-23T09:30:01Z", NOW},
        {NULL, NULL, FRESH, BY_EVENT, "2026-11-16T09:00:00Z", "2026-11-23T09:30:01Z", NOW},
        {NULL, NULL, "", BY_COHORT, "2026-11-16T00:00:00Z", "2026-11-23T09:30:01Z", NOW},
        /* old data: the window ends with it, and ages count from there */
        {NULL, NULL, OLD, BY_COHORT, "2026-02-28T00:00:00Z", "2026-03-07T12:00:01Z", "2026-03-07T12:00:01Z"},
        {"1d", NULL, OLD, BY_COHORT, "2026-03-06T00:00:00Z", "2026-03-07T12:00:01Z", "2026-03-07T12:00:01Z"},
        {"36h", "12h", OLD, BY_EVENT, "2026-03-06T00:00:00Z", "2026-03-07T00:00:01Z", "2026-03-07T00:00:01Z"},
        /* dates are their first moment; a dated end fixes the window */
        {"2026-03-01", "2026-03-08", OLD, BY_COHORT, "2026-03-01T00:00:00Z", "2026-03-08T00:00:00Z",
         "2026-03-08T00:00:00Z"},
        {"2026-03-01", "2026-04-01", OLD, BY_COHORT, "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z",
         "2026-03-07T12:00:01Z"},
        {"2d", "2026-03-08", FRESH, BY_COHORT, "2026-03-06T00:00:00Z", "2026-03-08T00:00:00Z", "2026-03-08T00:00:00Z"},
        {NULL, "2026-03-08T10:20:00+01:00", FRESH, BY_EVENT, "2026-03-01T09:00:00Z", "2026-03-08T09:20:00Z",
         "2026-03-08T09:20:00Z"},
        {"2026-03-05T17:45:00Z", "2026-03-08", FRESH, BY_COHORT, "2026-03-05T00:00:00Z", "2026-03-08T00:00:00Z",
         "2026-03-08T00:00:00Z"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char since[CLOCK_TEXT], until[CLOCK_TEXT], as_of[CLOCK_TEXT];
        struct window w;
        struct err err = {0};
        if (!window_make(cases[i].since, cases[i].until, cases[i].by, at(NOW), at(cases[i].newest), &w, &err))
            fail_msg("case %zu: %s", i, err.text);
        assert_string_equal(clock_text(w.since_us, since), cases[i].want_since);
        assert_string_equal(clock_text(w.until_us, until), cases[i].want_until);
        assert_string_equal(clock_text(w.as_of_us, as_of), cases[i].as_of);
    }
}

static void refusals(void **state)
{
    static const struct {
        const char *since, *until, *want;
    } cases[] = {
        {"yesterday", NULL, "--since: \"yesterday\" is no age (36h, 7d), date (2026-03-01) or time (RFC 3339)"},
        {"2026-02-31", NULL, "--since: \"2026-02-31\" is no age (36h, 7d), date (2026-03-01) or time (RFC 3339)"},
        {NULL, "7", "--until: \"7\" is no age (36h, 7d), date (2026-03-01) or time (RFC 3339)"},
        {"2026-03-03", "2026-03-03",
         "the window is empty: --since is not before --until (a date means its first moment)"},
        {"1d", "2d", "the window is empty: --since is not before --until (a date means its first moment)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct window w;
        struct err err = {0};
        assert_false(window_make(cases[i].since, cases[i].until, BY_EVENT, at(NOW), at(FRESH), &w, &err));
        assert_string_equal(err.text, cases[i].want);
        assert_int_equal(err.kind, ERR_CONFIG);
    }
}

static void in_words(void **state)
{
    char text[WINDOW_TEXT], since[CLOCK_TEXT], until[CLOCK_TEXT];
    struct window w;
    struct err err = {0};

    (void)state;
    assert_true(window_make(NULL, NULL, BY_COHORT, at(NOW), at(OLD), &w, &err));
    assert_string_equal(window_text(&w, text), "2026-02-28 to 2026-03-07 12:00 UTC, where the data ends");
    assert_true(window_make("2026-03-01", "2026-03-08", BY_COHORT, at(NOW), at(FRESH), &w, &err));
    assert_string_equal(window_text(&w, text), "2026-03-01 to 2026-03-08 UTC");
    const struct window before = window_before(&w);
    assert_string_equal(clock_text(before.since_us, since), "2026-02-22T00:00:00Z");
    assert_string_equal(clock_text(before.until_us, until), "2026-03-01T00:00:00Z");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans),
        cmocka_unit_test(refusals),
        cmocka_unit_test(in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* clock: calendar arithmetic, and dates as logs, mails and people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base_text.h"

static const struct {
    int year, month, day;
    int64_t days;
} dates[] = {
    {1970, 1, 1, 0},      {1969, 12, 31, -1},   {2000, 2, 29, 11016}, {2000, 3, 1, 11017},     {2026, 3, 3, 20515},
    {1900, 3, 1, -25508}, {2100, 2, 28, 47540}, {1, 1, 1, -719162},   {9999, 12, 31, 2932896},
};

static void counts_days(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(dates); i++) {
        int y, m, d;

        assert_int_equal(clock_days(dates[i].year, dates[i].month, dates[i].day), dates[i].days);
        clock_civil(dates[i].days, &y, &m, &d);
        assert_true(y == dates[i].year && m == dates[i].month && d == dates[i].day);
    }
    for (int64_t day = -800000; day < 800000; day += 13) {
        int y, m, d;

        clock_civil(day, &y, &m, &d);
        assert_int_equal(clock_days(y, m, d), day);
    }
}

static void rounds_down(void **state)
{
    (void)state;
    assert_int_equal(clock_floor(CLOCK_HOUR + 1, CLOCK_HOUR), CLOCK_HOUR);
    assert_int_equal(clock_floor(CLOCK_HOUR, CLOCK_HOUR), CLOCK_HOUR);
    assert_int_equal(clock_floor(-1, CLOCK_DAY), -CLOCK_DAY);
}

static const struct {
    const char *input, *text, *rest; /* text: NULL when refused */
} stamps[] = {
    {"2026-03-03T09:05:01Z rest", "2026-03-03T09:05:01Z", " rest"},
    {"2026-03-03 09:05:01+01:00", "2026-03-03T08:05:01Z", ""},
    {"2026-03-03T09:05:01.123456-0530]", "2026-03-03T14:35:01.123Z", "]"},
    {"2026-03-03T09:05:01,5Z", "2026-03-03T09:05:01.500Z", ""},
    {"2026-03-03T09:05Z", "2026-03-03T09:05:00Z", ""},
    {"2026-03-03T23:59:60Z", "2026-03-04T00:00:00Z", ""}, /* a leap second */
    {"2026-03-03T09:05:01", NULL, "2026-03-03T09:05:01"},
    {"2026-13-03T09:05:01Z", NULL, "2026-13-03T09:05:01Z"},
    {"2026-03-32T09:05:01Z", NULL, "2026-03-32T09:05:01Z"},
    {"2026-03-03T24:05:01Z", NULL, "2026-03-03T24:05:01Z"},
    {"26-03-03T09:05:01Z", NULL, "26-03-03T09:05:01Z"},
    {"", NULL, ""},
};

static void takes_rfc3339(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(stamps); i++) {
        str rest = str_of(stamps[i].input);
        char text[CLOCK_TEXT];
        int64_t at_us;

        assert_int_equal(clock_take_rfc3339(&rest, &at_us), stamps[i].text != NULL);
        if (stamps[i].text)
            assert_string_equal(clock_text(at_us, text), stamps[i].text);
        assert_str(rest, stamps[i].rest);
    }
}

static const struct {
    const char *input, *text;
} headers[] = {
    {"Tue, 3 Mar 2026 09:05:01 +0100", "2026-03-03T08:05:01Z"},
    {"3 Mar 2026 09:05:01 -0000", "2026-03-03T09:05:01Z"},
    {"Tue, 03 Mar 2026 09:05 +0000", "2026-03-03T09:05:00Z"},
    {"Tue, 3 Mar 26 09:05:01 EST", "2026-03-03T14:05:01Z"},
    {"Tue, 3 Mar 99 09:05:01 PDT", "1999-03-03T16:05:01Z"},
    {"Tue 3 Mar 2026 09:05:01 GMT", "2026-03-03T09:05:01Z"},
    {"Tue, 3 Mar 2026 9:05:01 +0000", "2026-03-03T09:05:01Z"},
    {"Tue, 3-Mar-2026 09:05:01 +0000", "2026-03-03T09:05:01Z"},
    {" Tue, 3 Mar 2026 09:05:01 +0100 (CET) ", "2026-03-03T08:05:01Z"},
    {"(comment) Tue, 3 Mar 2026 09:05:01 Z", "2026-03-03T09:05:01Z"},
    {"yesterday", NULL},
    {"Tue, 42 Mar 2026 09:05:01 +0100", NULL},
    {"Tue, 3 Foo 2026 09:05:01 +0100", NULL},
    {"Tue, 3 Mar 2026 99:05:01 +0100", NULL},
    {"Tue, 3 Mar", NULL},
    {"", NULL},
};

static void parses_header_dates(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(headers); i++) {
        char text[CLOCK_TEXT];
        int64_t at_us;
        const bool ok = clock_parse_rfc5322(str_of(headers[i].input), &at_us);

        if (ok != (headers[i].text != NULL))
            fail_msg("%s", headers[i].input);
        if (ok)
            assert_string_equal(clock_text(at_us, text), headers[i].text);
    }
}

static const struct {
    const char *input;
    int64_t age_us; /* -1 refused */
} ages[] = {
    {"90s", 90 * CLOCK_SECOND},
    {"15m", 15 * CLOCK_MINUTE},
    {"36h", 36 * CLOCK_HOUR},
    {"7d", 7 * CLOCK_DAY},
    {"4w", 28 * CLOCK_DAY},
    {"0s", 0},
    {"7", -1},
    {"7y", -1},
    {"d", -1},
    {"-1d", -1},
    {"1d ", -1},
    {"99999999999d", -1},
};

static void parses_ages(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ages); i++) {
        int64_t age_us = -1;

        assert_int_equal(clock_parse_age(str_of(ages[i].input), &age_us), ages[i].age_us >= 0);
        assert_int_equal(age_us, ages[i].age_us);
    }
}

static void writes_times(void **state)
{
    char text[CLOCK_TEXT];
    (void)state;

    assert_string_equal(clock_text(-1000, text), "1969-12-31T23:59:59.999Z");
    assert_string_equal(clock_date_text(clock_days(2026, 3, 3) * CLOCK_DAY + CLOCK_DAY - 1, text), "2026-03-03");
    assert_true(clock_now_us() > clock_days(2024, 1, 1) * CLOCK_DAY);
    assert_true(clock_monotonic_us() > 0 && clock_cpu_us() >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_days),         cmocka_unit_test(rounds_down), cmocka_unit_test(takes_rfc3339),
        cmocka_unit_test(parses_header_dates), cmocka_unit_test(parses_ages), cmocka_unit_test(writes_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Figures as people read them, and what is hidden when a report is shown around. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/value.h"

/* Against published values: Wilson (1927) as in Newcombe, Statistics in Medicine 17 (1998), table I. */
static void intervals(void **state)
{
    static const struct {
        double x, n, low, high;
    } cases[] = {
        {81, 263, 0.2553, 0.3662},
        {15, 148, 0.0624, 0.1605},
        {0, 20, 0.0000, 0.1611},
        {1, 29, 0.0061, 0.1718},
        {0, 0, 0, 1},
        {20, 20, 0.8389, 1.0000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct interval got = wilson(cases[i].x, cases[i].n);
        assert_true(fabs(got.low - cases[i].low) < 0.00006);
        assert_true(fabs(got.high - cases[i].high) < 0.00006);
    }
}

static void percents(void **state)
{
    static const struct {
        double rate;
        const char *want;
    } cases[] = {{0, "0 %"},         {1, "100 %"},         {0.99996, "> 99.9 %"}, {0.9731, "97.3 %"}, {0.0123, "1.2 %"},
                 {0.0042, "0.42 %"}, {0.00003, "0.003 %"}, {0.009966, "1.0 %"},   {NAN, "-"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = {0};
        add_percent(&b, cases[i].rate);
        assert_string_equal(b.p, cases[i].want);
        buf_free(&b);
    }
}

static void durations_and_numbers(void **state)
{
    static const struct {
        double seconds;
        const char *want;
    } cases[] = {{0.042, "0.04 s"}, {1.71, "1.7 s"},   {42, "42 s"}, {150, "2.5 min"},
                 {9000, "2.5 h"},   {432000, "5.0 d"}, {NAN, "-"}};
    static const struct {
        int64_t n;
        const char *want;
    } numbers[] = {{0, "0"}, {999, "999"}, {1000, "1,000"}, {1234567, "1,234,567"}, {-1234, "-1,234"}, {-123, "-123"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = {0};
        add_duration(&b, cases[i].seconds);
        assert_string_equal(b.p, cases[i].want);
        buf_free(&b);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct buf b = {0};
        add_grouped(&b, numbers[i].n);
        assert_string_equal(b.p, numbers[i].want);
        buf_free(&b);
    }
}

static void parts_make_a_whole(void **state)
{
    static const struct {
        int64_t parts[3];
        int want[3];
    } cases[] = {
        {{1, 1, 1}, {334, 333, 333}}, {{0, 0, 0}, {0, 0, 0}},       {{5, 0, 0}, {1000, 0, 0}},
        {{2, 1, 0}, {667, 333, 0}},   {{9999, 1, 0}, {1000, 0, 0}}, {{88, 1, 11}, {880, 10, 110}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int got[3];
        share_tenths(cases[i].parts, 3, got);
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(got[k], cases[i].want[k]);
    }
}

/* A colour needs enough mail behind it. */
static void levels(void **state)
{
    static const struct {
        const char *column;
        double x, n;
        enum level want;
    } cases[] = {
        {"hard_bounce_rate", 1, 2, LEVEL_NONE},
        {"hard_bounce_rate", 4, 10, LEVEL_NONE},
        {"hard_bounce_rate", 1, 100, LEVEL_GOOD},
        {"hard_bounce_rate", 30, 1000, LEVEL_WATCH},
        {"hard_bounce_rate", 90, 1000, LEVEL_BAD},
        {"hard_bounce_rate", 25, 1000, LEVEL_NONE}, /* 2.5 %, but the interval reaches below 2 % */
        {"complaint_rate", 2, 20, LEVEL_NONE},
        {"complaint_rate", 40, 8000, LEVEL_BAD},
        {"delivery_rate", 990, 1000, LEVEL_GOOD},
        {"delivery_rate", 920, 1000, LEVEL_WATCH},
        {"delivery_rate", 500, 1000, LEVEL_BAD},
        {"delivery_rate", 1, 2, LEVEL_NONE},
        {"delivery_rate", 0, 0, LEVEL_NONE},
        {"soft_fail_rate", 500, 1000, LEVEL_NONE},
        {"unclassified_rate", 900, 1000, LEVEL_WATCH},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (level_of(cases[i].column, cases[i].x, cases[i].n) != cases[i].want)
            fail_msg("%s, %g of %g: %d", cases[i].column, cases[i].x, cases[i].n,
                     level_of(cases[i].column, cases[i].x, cases[i].n));
}

/* Google's limits for its own figure: 0.10 %, 0.30 %. */
static void stated_shares(void **state)
{
    static const struct {
        double share;
        enum level want;
    } cases[] = {{0, LEVEL_GOOD}, {0.0009, LEVEL_GOOD}, {0.001, LEVEL_WATCH}, {0.0029, LEVEL_WATCH}, {0.003, LEVEL_BAD}, {NAN, LEVEL_NONE}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(level_of_share("complaint_rate", cases[i].share), cases[i].want);
    assert_int_equal(level_of_share("no such measure", 1), LEVEL_NONE);
}

static void hidden(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"ann@example.org", "address-1"},
        {"<Ann@Example.org>: gone", "<address-1>: gone"}, /* the same one again */
        {"bob+tag@example.org,ann@example.org", "address-2,address-1"},
        {"gmail", "gmail"},
        {"mx1", "mx1"},
        {"mx1.example.org", "domain-1"},
        {"550 5.1.1 no such user (S3140).", "550 5.1.1 no such user (S3140)."},
        {"host mx1.example.org[192.0.2.7] said: 550", "host domain-1[ip-1] said: 550"},
        {"see https://list.example/q?ip=192.0.2.7.", "see https://domain-2/q?ip=ip-1."},
        {"from 2001:db8::1 at 10:20", "from ip-2 at 10:20"},
        {"version 1.2.3.4 is an address to us", "version ip-3 is an address to us"},
        {"", ""},
    };
    struct redactor *r = redactor_new();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const str got = redact(r, str_of(cases[i].text));
        if (!str_eq(got, str_of(cases[i].want)))
            fail_msg("\"%s\": \"%.*s\", not \"%s\"", cases[i].text, STR_ARG(got), cases[i].want);
    }
    redactor_free(r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals),          cmocka_unit_test(percents), cmocka_unit_test(durations_and_numbers),
        cmocka_unit_test(parts_make_a_whole), cmocka_unit_test(levels),   cmocka_unit_test(hidden),
        cmocka_unit_test(stated_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

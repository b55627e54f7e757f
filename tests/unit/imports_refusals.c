/* What an import does not take: broken files, moved columns, numbers and days that cannot be; and whose files it leaves
 * alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "imports/imports.h"

#define ROW(ip, from, to, rcpt, result, rate, traps)                                                                   \
    ip "," from "," to "," rcpt ",10,10," result "," rate ",,," traps ",h.example,a@b.example,\n"
#define GOOD ROW("192.0.2.1", "3/1/2026 5:00 PM", "3/2/2026 5:00 PM", "10", "GREEN", "< 0.1%", "0")
#define STATS(more) "{\"name\": \"domains/a.example/trafficStats/20260301\"" more "}"
#define TLS(range, policies)                                                                                           \
    "{\"organization-name\": \"o\", \"report-id\": \"r\", \"date-range\": {" range "}, \"policies\": " policies "}"
#define PERIOD "\"start-datetime\": \"2026-03-01T00:00:00Z\", \"end-datetime\": \"2026-03-01T23:59:59Z\""
#define POLICY(summary, failures)                                                                                      \
    "[{\"policy\": {\"policy-type\": \"sts\", \"policy-domain\": \"a.example\"}, \"summary\": {" summary               \
    "}, \"failure-details\": " failures "}]"
#define COUNTS "\"total-successful-session-count\": 1, \"total-failure-session-count\": 1"

static const struct {
    const char *format, *text;
    int read, irrelevant, unread;
    const char *why; /* of the first unread, or of the whole */
} cases[] = {
    {"snds", GOOD, 1, 0, 0, NULL},
    {"snds", "\r\n" GOOD "\r\n\r\n", 1, 3, 0, NULL},
    {"snds", GOOD "192.0.2.1,3/1/2026\n" GOOD, 2, 0, 1, "not as many columns"},
    {"snds", GOOD ROW("192.0.2.300", "3/1/2026", "3/1/2026", "1", "GREEN", "", "0"), 1, 0, 1, "no IP address"},
    {"snds", GOOD ROW("192.0.2.1", "2/30/2026", "3/1/2026", "1", "GREEN", "", "0"), 1, 0, 1, "no possible activity"},
    {"snds", GOOD ROW("192.0.2.1", "3/1/1999", "3/1/1999", "1", "GREEN", "", "0"), 1, 0, 1, "no possible activity"},
    {"snds", GOOD ROW("192.0.2.1", "3/9/2026", "3/9/2026", "1", "GREEN", "", "0"), 1, 0, 1, "no possible activity"},
    {"snds", GOOD ROW("192.0.2.1", "3/1/2026 13:00 PM", "3/2/2026", "1", "GREEN", "", "0"), 1, 0, 1,
     "no possible activity"},
    {"snds", GOOD ROW("192.0.2.1", "3/2/2026", "3/1/2026", "1", "GREEN", "", "0"), 1, 0, 1, "ends before it starts"},
    {"snds", GOOD ROW("192.0.2.1", "3/1/2026", "3/1/2026", "-1", "GREEN", "", "0"), 1, 0, 1, "no counts"},
    {"snds", GOOD ROW("192.0.2.1", "3/1/2026", "3/1/2026", "99999999999999999999", "GREEN", "", "0"), 1, 0, 1,
     "no counts"},
    {"snds", GOOD ROW("192.0.2.1", "3/1/2026", "3/1/2026", "1", "BLUE", "", "0"), 1, 0, 1, "no filter result"},
    {"snds", GOOD ROW("192.0.2.1", "3/1/2026", "3/1/2026", "1", "GREEN", "101%", "0"), 1, 0, 1, "no complaint rate"},
    {"snds", GOOD ROW("192.0.2.1", "3/1/2026", "3/1/2026", "1", "GREEN", "few", "0"), 1, 0, 1, "no complaint rate"},
    {"snds", GOOD ROW("192.0.2.1", "3/1/2026", "3/1/2026", "1", "GREEN", "", "-2"), 1, 0, 1, "no count of trap hits"},
    {"snds", GOOD "\"192.0.2.1,3/1/2026\n" GOOD, 2, 0, 1, "a quote that is never closed"},
    /* Columns moved and no line of names: nothing is guessed. */
    {"snds", "GREEN,192.0.2.1,3/1/2026,3/1/2026,10,10,10,< 0.1%,,,0,h,a@b.example,\n", 0, 0, 1, "no IP address"},
    {"snds", "192.0.2.1,192.0.2.2,Maybe,x\n192.0.2.1,192.0.2.2,Yes,x\n", 1, 0, 1, "neither blocked nor not"},

    {"postmaster", STATS(", \"spfSuccessRatio\": 1"), 1, 0, 0, NULL},
    {"postmaster", STATS(""), 0, 1, 0, NULL},
    {"postmaster", "{\"trafficStats\": []}", 0, 1, 0, NULL},
    {"postmaster", STATS(", \"spfSuccessRatio\": 1.5"), 0, 0, 1, "not between 0 and 1"},
    {"postmaster", STATS(", \"spfSuccessRatio\": \"1\""), 0, 0, 1, "not between 0 and 1"},
    {"postmaster", STATS(", \"deliveryErrors\": [{\"errorRatio\": -0.1}]"), 0, 0, 1, "not between 0 and 1"},
    {"postmaster", STATS(", \"ipReputations\": [{\"ipCount\": \"-3\"}]"), 0, 0, 1, "a count of addresses"},
    {"postmaster", "{\"name\": \"domains/a.example/trafficStats/20260230\"}", 0, 0, 1, "no domain and possible day"},
    {"postmaster", "{\"name\": \"domains/a\\u0000b.example/trafficStats/20260301\"}", 0, 0, 1,
     "no domain and possible day"},
    {"postmaster", "{\"trafficStats\": [" STATS(", \"spfSuccessRatio\": 1") ", 7, null]}", 1, 0, 2, "no domain"},
    {"postmaster", "{\"trafficStats\": [" STATS(", \"spfSuccess"), 0, 0, 0, "no JSON"},
    {"postmaster", STATS(", \"spfSuccessRatio\": 1") "\n{\"name\": \"domai\n", 1, 0, 1, "broken JSON"},
    {"postmaster", "{\"domainStats\": [{\"name\": \"domains/a.example/domainStats/1\", \"metric\": \"spam_rate\"}]}", 0,
     0, 1, "no possible date"},

    {"tls-rpt", TLS(PERIOD, POLICY(COUNTS, "[]")), 1, 0, 0, NULL},
    {"tls-rpt", TLS(PERIOD, "[]"), 1, 0, 0, NULL},
    {"tls-rpt", TLS(PERIOD, "7"), 0, 0, 1, "no list of policies"},
    {"tls-rpt", TLS("\"start-datetime\": \"2026-03-01\"", "[]"), 0, 0, 1, "no possible date-range"},
    {"tls-rpt", TLS("\"start-datetime\": \"2026-03-02T00:00:00Z\", \"end-datetime\": \"2026-03-01T00:00:00Z\"", "[]"),
     0, 0, 1, "ends before it starts"},
    {"tls-rpt", TLS(PERIOD, POLICY("\"total-successful-session-count\": -1", "[]")), 0, 0, 1,
     "without possible counts"},
    {"tls-rpt", TLS(PERIOD, POLICY(COUNTS, "[{\"result-type\": \"\", \"failed-session-count\": 1}]")), 0, 0, 1,
     "without its type"},
    {"tls-rpt", TLS(PERIOD, POLICY(COUNTS, "[{\"result-type\": \"x\", \"failed-session-count\": 1e300}]")), 0, 0, 1,
     "without a possible count"},
    {"tls-rpt", "{\"organization-name\": \"o\", \"report-id\": \"r\"", 0, 0, 0, "no JSON"},
    {"tls-rpt", "[[[[7]]]]", 0, 0, 1, "no JSON object"},
};

static void count_row(void *self, const struct import_row *row)
{
    (void)row;
    (*(int *)self)++;
}

static void what_cannot_be_is_counted_and_named(void **state)
{
    const int64_t now = clock_days(2026, 3, 6) * CLOCK_DAY;
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *arena = arena_new();
        struct err err = {0};
        int rows = 0;
        struct import_reading r = {.text = str_of(cases[i].text),
                                   .now_us = now,
                                   .as_of_us = now,
                                   .arena = arena,
                                   .row = count_row,
                                   .self = &rows};
        import_read(import_format_named(str_of(cases[i].format)), &r, &err);
        const char *why = r.first_why ? r.first_why : err.kind ? err.text : NULL;
        if ((int)r.counts.read != cases[i].read || (int)r.counts.irrelevant != cases[i].irrelevant ||
            (int)r.counts.unread != cases[i].unread || !why != !cases[i].why || (why && !strstr(why, cases[i].why)) ||
            (cases[i].read == 0 && (rows > 0 || (!err.kind && !cases[i].irrelevant)))) {
            print_error("%s\n  read %d irrelevant %d unread %d rows %d: %s; %s\n", cases[i].text, (int)r.counts.read,
                        (int)r.counts.irrelevant, (int)r.counts.unread, rows, why ? why : "-", err.text);
            wrong++;
        }
        arena_free(arena);
    }
    assert_int_equal(wrong, 0);
}

/* Logs of relays and events of services stay theirs; so do other tables and other JSON. */
static void others_files_are_left_alone(void **state)
{
    static const char *const heads[] = {
        "Mar  3 09:05:01 mx1 postfix/smtp[812]: 4F2A: to=<a@b.example>, relay=none, delay=1, status=deferred (x)\n",
        "type,timeLogged,timeQueued,orig,rcpt,dsnStatus\nb,1,1,a@b.example,c@d.example,5.1.1\n",
        "{\"type\": \"Delivery\", \"headers\": {\"Subject\": \"{\\\"organization-name\\\": 1, \\\"report-id\\\": "
        "2}\"}}\n",
        "[{\"email\": \"a@b.example\", \"sg_event_id\": \"domains/x/trafficStats\"}]\n",
        "{\"host\": \"x\", \"message\": \"GET https://a.example/domains/b.example/trafficStats/20260301\"}\n",
        "192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] \"GET / HTTP/1.1\" 200\n",
        "192.0.2.1,192.0.2.2\n",
        "a,b,Yes,c\n",
        "name,GREEN,3/1/2026,3/1/2026,1,1,1,1,1,1,1,1\n",
        "{}",
        "[]",
        "{",
        "",
        "\n\n\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (import_format_detect(str_of(heads[i])))
            fail_msg("taken for %s: %s", import_format_detect(str_of(heads[i]))->name, heads[i]);
}

/* One more row than the limit: what is beyond it is counted, not kept. */
static void rows_are_bounded(void **state)
{
    struct buf text = {0};
    struct arena *arena = arena_new();
    struct err err = {0};
    int rows = 0;

    (void)state;
    for (int i = 0; i < IMPORT_ROWS_MAX + 3; i++)
        buf_add(&text, STR("192.0.2.1,192.0.2.2,Yes,x\n"));
    struct import_reading r = {.text = buf_str(&text),
                               .now_us = CLOCK_DAY * 20000,
                               .as_of_us = CLOCK_DAY * 20000,
                               .arena = arena,
                               .row = count_row,
                               .self = &rows};
    assert_true(import_read(import_format_named(STR("snds")), &r, &err));
    assert_int_equal(rows, IMPORT_ROWS_MAX);
    assert_int_equal(r.counts.unread, 3);
    buf_free(&text);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_is_counted_and_named),
        cmocka_unit_test(others_files_are_left_alone),
        cmocka_unit_test(rows_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

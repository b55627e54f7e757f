/* What stands around a line, and which year a line without one belongs to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "logs/envelope.h"

#define TEXT "4F1A2B3C4D: removed"

static const struct {
    const char *text;
    enum envelope_result result;
    const char *at; /* NULL: not known */
    enum log_quality quality;
    const char *host, *program;
    uint32_t pid;
    const char *message;
} cases[] = {
    /* BSD and its variants */
    {"Mar  3 09:05:01 mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_NO_YEAR, "mx1", "postfix/qmgr", 812, TEXT},
    {"Mar 13 09:05:01 mx1.a.example postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-13T09:05:01Z", TIME_NO_YEAR, "mx1.a.example", "postfix/qmgr", 812, TEXT},
    {"Mar 03 09:05:01.250 mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01.250Z", TIME_NO_YEAR, "mx1", "postfix/qmgr", 812, TEXT},
    {"Mar 3 09:05:01 mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_NO_YEAR, "mx1", "postfix/qmgr", 812, TEXT},
    {"<22>Mar  3 09:05:01 mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_NO_YEAR, "mx1", "postfix/qmgr", 812, TEXT},
    {"2025 Mar  3 09:05:01 mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2025-03-03T09:05:01Z", TIME_NO_ZONE, "mx1", "postfix/qmgr", 812, TEXT},
    {"Mar  3 2025 09:05:01 mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2025-03-03T09:05:01Z", TIME_NO_ZONE, "mx1", "postfix/qmgr", 812, TEXT},
    {"Mar  3 09:05:01 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_NO_YEAR, "", "postfix/qmgr", 812, TEXT},
    {"Mar  3 09:05:01 2001:db8::1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_NO_YEAR, "2001:db8::1", "postfix/qmgr", 812, TEXT},
    {"Mar  3 09:05:01 mx1 mail.info postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_NO_YEAR, "mx1", "postfix/qmgr", 812, TEXT},
    {"Mar  3 09:05:01 <mail.info> mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_NO_YEAR, "mx1", "postfix/qmgr", 812, TEXT},
    {"Mar  3 09:05:01 mx1 qmail: 1172912701.1 end msg 7", ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_NO_YEAR, "mx1", "qmail", 0, "1172912701.1 end msg 7"},
    {"Mar  3 09:05:01 mx1 last message repeated 3 times", ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_NO_YEAR, "mx1", "", 0, "last message repeated 3 times"},
    /* ISO 8601 */
    {"2026-03-03T09:05:01.123456+01:00 mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T08:05:01.123Z", TIME_EXACT, "mx1", "postfix/qmgr", 812, TEXT},
    {"2026-03-03T09:05:01+0100 mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T08:05:01Z", TIME_EXACT, "mx1", "postfix/qmgr", 812, TEXT},
    {"2026-03-03T09:05:01Z mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_EXACT, "mx1", "postfix/qmgr", 812, TEXT},
    {"2026-03-03 09:05:01 mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_NO_ZONE, "mx1", "postfix/qmgr", 812, TEXT},
    {"Tue 2026-03-03 09:05:01 UTC mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_EXACT, "mx1", "postfix/qmgr", 812, TEXT},
    {"1772528701.500000 mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01.500Z", TIME_EXACT, "mx1", "postfix/qmgr", 812, TEXT},
    /* a relay's own stamp: no host, no program */
    {"2026-03-03 09:05:01 1xVO3K-0005NB-1L <= a@b.example", ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_NO_ZONE, "", "", 0, "1xVO3K-0005NB-1L <= a@b.example"},
    {"2026-03-03 09:05:01.250 [20657] 1xVO3K-0005NB-1L Completed", ENVELOPE_LINE, "2026-03-03T09:05:01.250Z", TIME_NO_ZONE, "", "", 0, "[20657] 1xVO3K-0005NB-1L Completed"},
    {"2026-03-03 09:05:01 +0100 1xVO3K-0005NB-1L Completed", ENVELOPE_LINE, "2026-03-03T08:05:01Z", TIME_EXACT, "", "", 0, "1xVO3K-0005NB-1L Completed"},
    {"mail-1 | 2026-03-03 09:05:01 1xVO3K-0005NB-1L Completed", ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_NO_ZONE, "", "", 0, "1xVO3K-0005NB-1L Completed"},
    {"2026-03-03T09:05:02Z 2026-03-03 10:05:01 1xVO3K-0005NB-1L Completed", ENVELOPE_LINE, "2026-03-03T09:05:02Z", TIME_EXACT, "", "", 0, "1xVO3K-0005NB-1L Completed"},
    {"2026-03-03T09:05:01.123Z [NOTICE] [A1] [core] text", ENVELOPE_LINE, "2026-03-03T09:05:01.123Z", TIME_EXACT, "", "", 0, "[NOTICE] [A1] [core] text"},
    /* RFC 5424, on the wire too */
    {"<22>1 2026-03-03T09:05:01.1Z mx1 postfix/qmgr 812 - - " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01.100Z", TIME_EXACT, "mx1", "postfix/qmgr", 812, TEXT},
    {"<22>1 2026-03-03T09:05:01Z mx1 postfix/qmgr 812 ID7 [a@1 k=\"x]\\\"]\"][b@2] \xEF\xBB\xBF" TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_EXACT, "mx1", "postfix/qmgr", 812, TEXT},
    {"<22>1 - - postfix/qmgr - - - " TEXT, ENVELOPE_LINE, NULL, TIME_EXACT, "", "postfix/qmgr", 0, TEXT},
    {"78 <22>1 2026-03-03T09:05:01Z mx1 postfix/qmgr 812 - - " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_EXACT, "mx1", "postfix/qmgr", 812, TEXT},
    /* journald and containers */
    {"{\"__REALTIME_TIMESTAMP\":\"1772528701000000\",\"_HOSTNAME\":\"mx1\",\"SYSLOG_IDENTIFIER\":\"postfix\\/qmgr\",\"_PID\":\"812\",\"MESSAGE\":\"" TEXT "\"}", ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_EXACT, "mx1", "postfix/qmgr", 812, TEXT},
    {"{\"__REALTIME_TIMESTAMP\" : \"1772528701000000\", \"SYSLOG_PID\" : \"812\", \"_PID\" : \"1\", \"_COMM\" : \"qmgr\", \"MESSAGE\" : [ 104, 195, 169, 255 ]}", ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_EXACT, "", "qmgr", 812, "h\xC3\xA9\xFF"},
    {"{\"log\":\"Mar  3 10:05:00 mx1 postfix/qmgr[812]: " TEXT "\\n\",\"stream\":\"stdout\",\"time\":\"2026-03-03T09:05:01.12Z\"}", ENVELOPE_LINE, "2026-03-03T09:05:01.120Z", TIME_EXACT, "mx1", "postfix/qmgr", 812, TEXT},
    {"{\"log\":\"postfix/qmgr[812]: \\u00e9 \\ud83d\\ude00 \\\"x\\\"\\r\\n\",\"stream\":\"stderr\",\"time\":\"2026-03-03T09:05:01Z\"}", ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_EXACT, "", "postfix/qmgr", 812, "\xC3\xA9 \xF0\x9F\x98\x80 \"x\""},
    {"2026-03-03T09:05:01.12Z stdout F Mar  3 10:05:00 mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01.120Z", TIME_EXACT, "mx1", "postfix/qmgr", 812, TEXT},
    {"2026-03-03T09:05:01Z Mar  3 10:05:00 mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_EXACT, "mx1", "postfix/qmgr", 812, TEXT},
    {"mail-1  | Mar  3 09:05:01 mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_NO_YEAR, "mx1", "postfix/qmgr", 812, TEXT},
    {"\033[36mmail-1  |\033[0m Mar  3 09:05:01 mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_NO_YEAR, "mx1", "postfix/qmgr", 812, TEXT},
    {"[pod/mail-0/postfix] Mar  3 09:05:01 mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_NO_YEAR, "mx1", "postfix/qmgr", 812, TEXT},
    {"Mar  3 09:05:01 mx1 docker/mail[99]: Mar  3 09:05:00 relay postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:00Z", TIME_NO_YEAR, "relay", "postfix/qmgr", 812, TEXT},
    {"2026-03-03T09:05:01Z mx1 0123456789ab[99]: Mar  3 09:05:00 relay postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:00Z", TIME_NO_YEAR, "relay", "postfix/qmgr", 812, TEXT},
    {"{\"__REALTIME_TIMESTAMP\":\"1772528701000000\",\"_HOSTNAME\":\"mx1\",\"SYSLOG_IDENTIFIER\":\"0123456789ab\",\"MESSAGE\":\"Mar  3 09:05:00 relay postfix/qmgr[812]: " TEXT "\"}", ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_EXACT, "relay", "postfix/qmgr", 812, TEXT},
    {"{\"@timestamp\":\"2026-03-03T09:06:00Z\",\"host\":{\"name\":\"x\"},\"message\":\"2026-03-03T09:05:01Z mx1 postfix/qmgr[812]: " TEXT "\"}", ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_EXACT, "mx1", "postfix/qmgr", 812, TEXT},
    {"Mar  3 09:05:01 mx1 sshd[99]: Mar  3 09:05:00 relay postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_NO_YEAR, "mx1", "sshd", 99, "Mar  3 09:05:00 relay postfix/qmgr[812]: " TEXT},
    /* what collectors and Windows add */
    {"\xEF\xBB\xBFMar  3 09:05:01 mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_NO_YEAR, "mx1", "postfix/qmgr", 812, TEXT},
    {"Mar  3 09:05:01 192.0.2.1 mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_NO_YEAR, "mx1", "postfix/qmgr", 812, TEXT},
    {"Mar  3 09:05:01 mx1 mx1 postfix/qmgr[812]: " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_NO_YEAR, "mx1", "postfix/qmgr", 812, TEXT},
    {"<22>1 2026-03-03T09:05:01Z mx1 postfix/qmgr[812] 812 - - " TEXT, ENVELOPE_LINE, "2026-03-03T09:05:01Z", TIME_EXACT, "mx1", "postfix/qmgr", 812, TEXT},
    /* none, or nothing of a relay */
    {"-- Boot 5f3c0d -- ", ENVELOPE_NONE, NULL, TIME_EXACT, "", "", 0, "-- Boot 5f3c0d -- "},
    {"-- Boot 5f3c0d --", ENVELOPE_NOTE, NULL, TIME_EXACT, NULL, NULL, 0, NULL},
    {"Mar 32 09:05:01 mx1 x: y", ENVELOPE_NONE, NULL, TIME_EXACT, "", "", 0, "Mar 32 09:05:01 mx1 x: y"},
    {"Mar  3 24:05:01 mx1 x: y", ENVELOPE_NONE, NULL, TIME_EXACT, "", "", 0, "Mar  3 24:05:01 mx1 x: y"},
    {"<999>Mar  3 09:05:01 mx1 x: y", ENVELOPE_NONE, NULL, TIME_EXACT, "", "", 0, "<999>Mar  3 09:05:01 mx1 x: y"},
    {"{\"log\":\"unfinished", ENVELOPE_NONE, NULL, TIME_EXACT, "", "", 0, "{\"log\":\"unfinished"},
    {"", ENVELOPE_NONE, NULL, TIME_EXACT, "", "", 0, ""},
};

static void assert_text(const char *want, str got)
{
    if (!str_eq(got, str_of(want)))
        fail_msg("want \"%s\", got \"%.*s\"", want, STR_ARG(got));
}

static void lines_come_out_of_their_envelopes(void **state)
{
    char time[CLOCK_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct envelope *envelope = envelope_new(NULL);
        struct log_line line = {0};
        envelope_set_year(envelope, 2026, 1);
        const enum envelope_result result = envelope_peel(envelope, str_of(cases[i].text), &line);
        if (result != cases[i].result)
            fail_msg("%s: result %d", cases[i].text, result);
        if (cases[i].message) {
            assert_text(cases[i].message, line.message);
            assert_text(cases[i].host, line.host);
            assert_text(cases[i].program, line.program);
            assert_int_equal(line.pid, cases[i].pid);
            if (cases[i].at) {
                assert_string_equal(clock_text(line.at_us, time), cases[i].at);
                assert_int_equal(line.quality, cases[i].quality);
            } else {
                assert_true(line.at_us == CLOCK_NONE);
            }
        }
        envelope_free(envelope);
    }
}

/* Whole records only: what comes before the last line of each answers ENVELOPE_PART. */
static const struct {
    const char *lines[8];
    const char *message;
} records[] = {
    {{"2026-03-03T09:05:01Z stdout P Mar  3 09:05:01 mx1 postfix/qmgr[812]: 4F1A2B", "2026-03-03T09:05:01Z stdout F 3C4D: removed"}, TEXT},
    {{"{\"log\":\"Mar  3 09:05:01 mx1 postfix/qmgr[812]: 4F1A2B\",\"stream\":\"stdout\",\"time\":\"2026-03-03T09:05:01Z\"}",
      "{\"log\":\"3C4D: removed\\n\",\"stream\":\"stdout\",\"time\":\"2026-03-03T09:05:01Z\"}"}, TEXT},
    {{"__CURSOR=s=1", "__REALTIME_TIMESTAMP=1772528701000000", "_HOSTNAME=mx1", "SYSLOG_IDENTIFIER=postfix/qmgr", "MESSAGE=" TEXT, ""}, TEXT},
};

static void records_are_put_together(void **state)
{
    struct envelope *envelope = envelope_new(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof records / sizeof *records; i++)
        for (size_t l = 0; records[i].lines[l]; l++) {
            struct log_line line = {0};
            const bool last = !records[i].lines[l + 1];
            assert_int_equal(envelope_peel(envelope, str_of(records[i].lines[l]), &line), last ? ENVELOPE_LINE : ENVELOPE_PART);
            if (last) {
                assert_text(records[i].message, line.message);
                assert_text("mx1", line.host);
            }
        }
    envelope_free(envelope);
}

/* Standard output and standard error come interleaved, each with its own begun record. */
static void streams_are_kept_apart(void **state)
{
    struct envelope *envelope = envelope_new(NULL);
    struct log_line line = {0};

    (void)state;
    assert_int_equal(envelope_peel(envelope, STR("2026-03-03T09:05:01Z stdout P one "), &line), ENVELOPE_PART);
    assert_int_equal(envelope_peel(envelope, STR("2026-03-03T09:05:01Z stderr F other"), &line), ENVELOPE_LINE);
    assert_text("other", line.message);
    assert_int_equal(envelope_peel(envelope, STR("2026-03-03T09:05:01Z stdout F two"), &line), ENVELOPE_LINE);
    assert_text("one two", line.message);
    envelope_free(envelope);
}

/* A value that is no text: key, LF, length in 64 bits, bytes (an LF among them), LF. */
static void binary_journal_values_are_read(void **state)
{
    static const str lines[] = {
        {"__REALTIME_TIMESTAMP=1772528701000000", 37}, {"MESSAGE", 7}, {"\x09\0\0\0\0\0\0\0one", 11}, {"two\xFF" "x", 5},
        {"_PID=812", 8}, {"", 0},
    };
    struct envelope *envelope = envelope_new(NULL);
    struct log_line line = {0};

    (void)state;
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(envelope_peel(envelope, lines[i], &line), i == 5 ? ENVELOPE_LINE : ENVELOPE_PART);
    assert_text("one\ntwo\xFF" "x", line.message);
    assert_int_equal(line.pid, 812);
    envelope_free(envelope);
}

static void a_length_of_ten_is_a_line_end(void **state)
{
    static const str lines[] = {
        {"__REALTIME_TIMESTAMP=1772528701000000", 37}, {"MESSAGE", 7}, {"", 0}, {"\0\0\0\0\0\0\0" "0123456789", 17}, {"", 0},
    };
    struct envelope *envelope = envelope_new(NULL);
    struct log_line line = {0};

    (void)state;
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(envelope_peel(envelope, lines[i], &line), i == 4 ? ENVELOPE_LINE : ENVELOPE_PART);
    assert_text("0123456789", line.message);
    envelope_free(envelope);
}

static void years_walk_with_the_lines(void **state)
{
    static const struct {
        const char *stamp;
        int year;
    } walk[] = {
        {"Nov 30", 2024}, {"Dec 31", 2024}, {"Jan  1", 2025}, {"Dec 31", 2024}, /* a late line */
        {"Jan  1", 2025}, {"Feb  3", 2025}, {"Oct  9", 2025},                   /* a quiet summer */
        {"Jan  3", 2026},
    };
    struct envelope *envelope = envelope_new(NULL);
    int month;

    (void)state;
    envelope_set_year(envelope, 2024, 11);
    for (size_t i = 0; i < sizeof walk / sizeof *walk; i++) {
        char text[64];
        struct log_line line;
        snprintf(text, sizeof text, "%s 09:05:01 mx1 x: y", walk[i].stamp);
        assert_int_equal(envelope_peel(envelope, str_of(text), &line), ENVELOPE_LINE);
        assert_int_equal(envelope_year(envelope, &month), walk[i].year);
    }
    assert_int_equal(month, 1);
    envelope_free(envelope);
}

static void the_first_year_follows_from_the_last_line(void **state)
{
    static const struct {
        const char *first, *last;
        int year;
    } logs[] = { /* now is 2026-11-23 */
        {"Mar  3 09:05:01 mx1 x: y", "Nov 22 09:05:01 mx1 x: y", 2026},
        {"Mar  3 09:05:01 mx1 x: y", "Nov 24 00:05:01 mx1 x: y", 2026},   /* a clock some hours ahead */
        {"Mar  3 09:05:01 mx1 x: y", "Dec  1 09:05:01 mx1 x: y", 2025},
        {"Nov 24 09:05:01 mx1 x: y", "Jan  2 09:05:01 mx1 x: y", 2025},
        {"Nov 24 09:05:01 mx1 x: y", "Nov 23 09:05:01 mx1 x: y", 2026},
        {"Feb 29 09:05:01 mx1 x: y", "Mar  1 09:05:01 mx1 x: y", 2024},
        {"Feb 27 09:05:01 mx1 x: y", "Feb 29 09:05:01 mx1 x: y", 2024},
        {"<22>Mar  3 09:05:01 mx1 x: y", "mail-1 | Mar  4 09:05:01 mx1 x: y", 2026},
        {"2026-03-03T09:05:01Z mx1 x: y", "2026-03-04T09:05:01Z mx1 x: y", 0},
        {"2024 Mar  3 09:05:01 mx1 x: y", "2024 Mar  4 09:05:01 mx1 x: y", 0},
    };
    const int64_t now = clock_days(2026, 11, 23) * CLOCK_DAY + 9 * CLOCK_HOUR;

    (void)state;
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++)
        assert_int_equal(envelope_first_year(str_of(logs[i].first), str_of(logs[i].last), now), logs[i].year);
}

static void zones_turn_wall_clocks_into_utc(void **state)
{
    static const struct {
        const char *text, *at;
    } day[] = {
        {"Mar 29 01:59:59 mx1 x: y", "2026-03-29T00:59:59Z"}, {"Mar 29 03:00:00 mx1 x: y", "2026-03-29T01:00:00Z"},
        {"Oct 25 01:59:59 mx1 x: y", "2026-10-24T23:59:59Z"}, {"Oct 25 02:00:01 mx1 x: y", "2026-10-25T00:00:01Z"},
        {"Oct 25 02:59:59 mx1 x: y", "2026-10-25T00:59:59Z"}, {"Oct 25 02:00:00 mx1 x: y", "2026-10-25T01:00:00Z"},
        {"Oct 25 03:00:00 mx1 x: y", "2026-10-25T02:00:00Z"}, {"2026-03-03T09:05:01Z mx1 x: y", "2026-03-03T09:05:01Z"},
    };
    struct envelope *envelope = envelope_new("CET-1CEST,M3.5.0,M10.5.0/3");
    char time[CLOCK_TEXT];

    (void)state;
    envelope_set_year(envelope, 2026, 3);
    for (size_t i = 0; i < sizeof day / sizeof *day; i++) {
        struct log_line line;
        assert_int_equal(envelope_peel(envelope, str_of(day[i].text), &line), ENVELOPE_LINE);
        assert_string_equal(clock_text(line.at_us, time), day[i].at);
    }
    envelope_free(envelope);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_out_of_their_envelopes),
        cmocka_unit_test(records_are_put_together),
        cmocka_unit_test(streams_are_kept_apart),
        cmocka_unit_test(binary_journal_values_are_read),
        cmocka_unit_test(a_length_of_ten_is_a_line_end),
        cmocka_unit_test(years_walk_with_the_lines),
        cmocka_unit_test(the_first_year_follows_from_the_last_line),
        cmocka_unit_test(zones_turn_wall_clocks_into_utc),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

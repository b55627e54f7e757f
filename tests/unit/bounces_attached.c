/* Which mails bring a TLS report, and which of their parts it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bounces/attached.h"
#include "bounces/bounces.h"

#define HEAD(type) "From: a@b.example\nDate: Mon, 02 Mar 2026 03:00:12 +0000\nMIME-Version: 1.0\nContent-Type: " type "\n\n"
#define PART(more) "--x\nContent-" more "\n\n"
#define REPORT HEAD("multipart/report; report-type=tlsrpt; boundary=x")
#define MIXED HEAD("multipart/mixed; boundary=x")

static const struct {
    const char *mail;
    size_t count;
    const char *first;
} cases[] = {
    {HEAD("application/tlsrpt+json") "{\"a\": 1}\n", 1, "{\"a\": 1}\n"},
    {MIXED PART("Type: text/plain") "hi\n" PART("Type: application/tlsrpt+json") "{}\n--x--\n", 1, "{}"},
    {MIXED PART("Type: application/tlsrpt+gzip\nContent-Transfer-Encoding: base64") "e30=\n--x--\n", 1, "{}"},
    {REPORT PART("Type: application/octet-stream; name=\"r.json\"") "{}\n--x--\n", 1, "{}"},
    {REPORT PART("Type: application/json") "{}\n" PART("Type: application/gzip") "z\n--x--\n", 2, "{}"},
    {REPORT PART("Type: text/plain") "tlsrpt\n--x--\n", 0, NULL},
    /* JSON in other mails is none, whatever they speak of. */
    {MIXED PART("Type: application/json; name=\"tlsrpt.json\"") "{}\n--x--\n", 0, NULL},
    {HEAD("text/plain") "application/tlsrpt+json\n", 0, NULL},
    {"", 0, NULL},
};

static void reports_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *arena = arena_new();
        str out[4];
        const size_t n = attached_tls_reports(str_of(cases[i].mail), arena, out, 4);
        if (n != cases[i].count || (n > 0 && !str_eq(str_trim(out[0]), str_trim(str_of(cases[i].first)))))
            fail_msg("%s: %zu", cases[i].mail, n);
        arena_free(arena);
    }
}

static void no_more_than_there_is_room_for(void **state)
{
    struct arena *arena = arena_new();
    str out[1];

    (void)state;
    assert_int_equal(attached_tls_reports(str_of(cases[4].mail), arena, out, 1), 1);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_are_found),
        cmocka_unit_test(no_more_than_there_is_room_for),
    };

    bounces_start();
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    bounces_stop();
    return failed;
}

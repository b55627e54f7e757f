/*
 * bounces: mails made to hurt. Each case runs in a process of its own and has to end in an answer or in
 * ERR_INPUT, within 2 seconds of CPU and 96 MiB of memory (not measured under a sanitizer).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "bounces/bounces.h"

#if defined(__SANITIZE_ADDRESS__)
enum { MEASURED = 0 };
#else
enum { MEASURED = 1 };
#endif
enum { LIMIT_MS = 2000, LIMIT_KIB = 96 * 1024 };

static const char head[] = "From: MAILER-DAEMON@example.net\nTo: news@example.org\n"
                           "Subject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n";

static void repeat(struct buf *to, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        buf_add(to, str_of(text));
}

static void numbered(struct buf *to, const char *format, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        char line[256];
        snprintf(line, sizeof line, "%zu", i);
        for (const char *p = format; *p; p++)
            *p == '#' ? buf_add(to, str_of(line)) : buf_add_char(to, *p);
    }
}

static void start(struct buf *to, const char *rest)
{
    buf_add(to, str_of(head));
    buf_add(to, str_of(rest));
}

static void nested_multiparts(struct buf *to)
{
    start(to, "");
    numbered(to, "Content-Type: multipart/mixed; boundary=b#\n\n--b#\n", 5000);
}

static void nested_messages(struct buf *to)
{
    start(to, "");
    repeat(to, "Content-Type: message/rfc822\n\n", 5000);
}

static void nested_digests(struct buf *to)
{
    start(to, "");
    numbered(to, "Content-Type: multipart/digest; boundary=b#\n\n--b#\n\n", 5000);
}

static void million_parts(struct buf *to)
{
    start(to, "Content-Type: multipart/mixed; boundary=b\n\n");
    repeat(to, "--b\n\nx\n", 1000000);
}

static void parts_behind_split_boundary(struct buf *to)
{
    start(to, "Content-Type: multipart/mixed; boundary*0=a; boundary*1=b\n\n");
    repeat(to, "--ab\n\nx\n", 1000000);
}

static void parts_behind_escaped_boundary(struct buf *to)
{
    start(to, "Content-Type: multipart/mixed; boundary=\"a\\b\"\n\n");
    repeat(to, "--ab\n\nx\n", 1000000);
}

static void many_boundaries(struct buf *to)
{
    start(to, "");
    numbered(to, "Content-Type: multipart/mixed; boundary=b#\n\n--b#\n", 60);
    numbered(to, "Content-Type: text/plain; boundary=c#\n", 900);
    buf_add_char(to, '\n');
    numbered(to, "--b59\n\n--c#\n", 30000);
}

static void boundaries_in_one_header(struct buf *to)
{
    start(to, "Content-Type: multipart/mixed");
    numbered(to, "; boundary=b#", 9000);
    buf_add(to, STR("\n\n"));
    numbered(to, "--b#\n", 30000);
}

static void endless_boundary(struct buf *to)
{
    buf_reserve(to, 32 * 1024 * 1024);
    start(to, "Content-Type: multipart/mixed; boundary=\"");
    repeat(to, "b", 100000);
    buf_add(to, STR("\"\n\n"));
    for (int i = 0; i < 300; i++) {
        buf_add(to, STR("--"));
        repeat(to, "b", 100000 - (size_t)i % 2);
        buf_add(to, STR("\n\n"));
    }
}

static void header_flood(struct buf *to)
{
    start(to, "");
    repeat(to, "X-A: b\n", 1000000);
    buf_add(to, STR("\nx\n"));
}

static void huge_header(struct buf *to)
{
    start(to, "X-A: ");
    repeat(to, "0123456789abcdef", 1024 * 1024);
    buf_add(to, STR("\n\nx\n"));
}

static void folded_header(struct buf *to)
{
    start(to, "X-A: b\n");
    repeat(to, " c\n", 1000000);
    buf_add(to, STR("\nx\n"));
}

static void headers_in_parts(struct buf *to)
{
    start(to, "Content-Type: multipart/mixed; boundary=b\n\n");
    for (int i = 0; i < 1999; i++) {
        buf_add(to, STR("--b\n"));
        repeat(to, "X-A: 0123456789\n", 1999);
        buf_add(to, STR("\nx\n"));
    }
}

static void group_of_addresses(struct buf *to)
{
    start(to, "Cc: list:");
    numbered(to, "a#@example.org,\n ", 7000);
    buf_add(to, STR(";\n\nx\n"));
}

static void colons_and_words(struct buf *to)
{
    start(to, "Reply-To: ");
    repeat(to, ":", 100000);
    buf_add(to, STR("\nSubject: "));
    repeat(to, "=?utf-8?q?a?= ", 9000);
    buf_add(to, STR("\n\nx\n"));
}

static void status_part(struct buf *to, const char *fields, size_t times)
{
    start(to, "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
              "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n");
    numbered(to, fields, times);
    buf_add(to, STR("\n--b--\n"));
}

static void hundred_thousand_recipients(struct buf *to)
{
    status_part(to,
                "Final-Recipient: rfc822; a#@example.com\nAction: failed\nStatus: 5.1.1\n"
                "Diagnostic-Code: smtp; 550 5.1.1 <a#@example.com>: User unknown\n\n",
                100000);
}

static void one_recipient_again_and_again(struct buf *to)
{
    status_part(to, "Final-Recipient: rfc822; a@example.com\nAction: failed\nDiagnostic-Code: #\n", 100000);
}

static void one_field_without_end(struct buf *to)
{
    status_part(to, "Final-Recipient: rfc822; a@example.com\nDiagnostic-Code: smtp; 550 no\n", 1);
    to->n -= 6;
    repeat(to, " and so on\n", 1000000);
}

static void blank_lines_behind_report(struct buf *to)
{
    status_part(to, "Final-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.1.1\n\n", 1);
    to->n -= 6;
    repeat(to, "\n", 512 * 1024);
}

static void prose_recipients(struct buf *to)
{
    start(to, "\nHi. This is the qmail-send program at mx.example.net.\n\n");
    numbered(to, "<a#@example.com>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n", 100000);
}

static void bare_recipients(struct buf *to)
{
    start(to, "\nThe following addresses failed:\n\n");
    numbered(to, "a#@b.example\n", 100000);
}

static void at_signs(struct buf *to)
{
    start(to, "\n");
    repeat(to, "@", 1000000);
}

static void addresses_in_one_line(struct buf *to)
{
    start(to, "\nYour message was rejected: ");
    numbered(to, "a#@b.example ", 100000);
}

static void reply_codes(struct buf *to)
{
    start(to, "\n<a@example.com>:\n");
    repeat(to, "550-5.1.1 550 5.1.1\n", 100000);
}

static void quotes_in_front(struct buf *to)
{
    start(to, "\n");
    repeat(to, "> \" < ( [", 100000);
    repeat(to, "\n\"a b\"@example.com: unknown\n", 10000);
}

static void markers(struct buf *to)
{
    start(to, "\n");
    repeat(to, "original message\n-\nFrom: x\n", 300000);
}

static void transcript(struct buf *to)
{
    start(to, "\n   ----- Transcript of session follows -----\n");
    numbered(to, ">>> RCPT To:<a#@example.com>\n<<< 550 no\n<<< 550 no\n550 <a#@example.com>... User unknown\n", 50000);
}

static void html_flood(struct buf *to)
{
    start(to, "Content-Type: text/html\n\n");
    repeat(to, "<a <!-- <style> &amp; ", 500000);
}

static void open_tags(struct buf *to)
{
    start(to, "Content-Type: text/html\n\n<br>");
    repeat(to, "<a", 1000000);
}

static void base64_bomb(struct buf *to)
{
    start(to, "Content-Type: text/plain; charset=utf-7\nContent-Transfer-Encoding: base64\n\n");
    repeat(to, "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5eg==\n", 400000);
}

static void broken_utf8(struct buf *to)
{
    start(to, "Content-Type: text/plain; charset=iso-2022-jp\n\n");
    repeat(to, "\x1b$B\xff\xfe\xc3\x28 \xe2\x82", 200000);
}

static void nul_bytes(struct buf *to)
{
    start(to, "\n");
    for (int i = 0; i < 100000; i++)
        buf_add(to, (str){"<a\0@example.com>:\0\n", 19});
}

static void json_flood(struct buf *to)
{
    start(to, "\n{\"notificationType\":\"Bounce\",\"bouncedRecipients\":[");
    numbered(to, "{\"emailAddress\":\"a#@example.com\"},", 100000);
}

static void complaint_flood(struct buf *to)
{
    start(to, "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
              "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n");
    numbered(to, "Original-Rcpt-To: a#@example.com\n", 100000);
    buf_add(to, STR("\n--b--\n"));
}

static void one_line_of_32_mib(struct buf *to)
{
    start(to, "\n");
    buf_reserve(to, 32 * 1024 * 1024);
    repeat(to, "0123456789abcdef", 2 * 1024 * 1024 - 16);
}

static void bare_cr_of_20_mib(struct buf *to)
{
    start(to, "\n");
    buf_reserve(to, 20 * 1024 * 1024);
    repeat(to, "0123456789abcde\r", 20 * 65536);
}

static void truncated_inside_everything(struct buf *to)
{
    start(to, "Content-Type: multipart/report; boundary=\"b\nContent-Type: message/delivery-status\n\n--b\nFinal-");
}

static const struct {
    const char *name;
    void (*make)(struct buf *to);
} cases[] = {
    {"multiparts 5,000 deep", nested_multiparts},
    {"messages 5,000 deep", nested_messages},
    {"digests 5,000 deep", nested_digests},
    {"1,000,000 parts", million_parts},
    {"1,000,000 parts behind a split boundary", parts_behind_split_boundary},
    {"1,000,000 parts behind an escaped boundary", parts_behind_escaped_boundary},
    {"900 boundaries, 30,000 parts", many_boundaries},
    {"9,000 boundaries in one header", boundaries_in_one_header},
    {"a boundary of 100,000 bytes", endless_boundary},
    {"1,000,000 headers", header_flood},
    {"a header of 16 MiB", huge_header},
    {"a header of 1,000,000 lines", folded_header},
    {"headers in each of 2,000 parts", headers_in_parts},
    {"a group of 7,000 addresses", group_of_addresses},
    {"colons and encoded words", colons_and_words},
    {"100,000 recipients", hundred_thousand_recipients},
    {"one recipient 100,000 times", one_recipient_again_and_again},
    {"a field of 1,000,000 lines", one_field_without_end},
    {"512 KiB of blank lines behind a report", blank_lines_behind_report},
    {"100,000 recipients in prose", prose_recipients},
    {"100,000 bare addresses", bare_recipients},
    {"1,000,000 at signs", at_signs},
    {"100,000 addresses in one line", addresses_in_one_line},
    {"200,000 reply codes", reply_codes},
    {"brackets and quotes", quotes_in_front},
    {"300,000 markers", markers},
    {"a transcript of 200,000 lines", transcript},
    {"HTML that never ends", html_flood},
    {"1,000,000 open tags", open_tags},
    {"base64 of 30 MB", base64_bomb},
    {"broken characters", broken_utf8},
    {"NUL bytes", nul_bytes},
    {"JSON without end", json_flood},
    {"a complaint of 100,000 recipients", complaint_flood},
    {"one line of 32 MiB", one_line_of_32_mib},
    {"bare CR, 20 MiB", bare_cr_of_20_mib},
    {"cut inside everything", truncated_inside_everything},
};

/* 0 an answer, 1 refused with ERR_INPUT and a reason, 2 anything else */
static int read_case(size_t i)
{
    struct buf mail = {0};
    struct arena *arena = arena_new();
    struct returned out;
    struct err err = {0};
    int status = 2;

    bounces_start();
    cases[i].make(&mail);
    if (bounces_read(buf_str(&mail), arena, &out, &err))
        status = out.count >= 1 && out.count <= RETURNED_MAX ? 0 : 2;
    else
        status = err.kind == ERR_INPUT && strstr(err.text, "limit") ? 1 : 2;
    arena_free(arena);
    buf_free(&mail);
    return status;
}

static void runs_within_its_limits(size_t i)
{
    struct rusage used;
    int status;
    const pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        _exit(read_case(i));
    assert_int_equal(wait4(child, &status, 0, &used), child);
    const long ms =
        (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
    print_message("%-45s %5ld ms %6ld KiB %s\n", cases[i].name, ms, used.ru_maxrss,
                  WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "answered" : "refused");
    if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
        fail_msg("%s: ended with status %#x", cases[i].name, (unsigned)status);
    if (MEASURED && (ms > LIMIT_MS || used.ru_maxrss > LIMIT_KIB))
        fail_msg("%s: %ld ms, %ld KiB", cases[i].name, ms, used.ru_maxrss);
}

static void hostile_mails_end_within_their_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        runs_within_its_limits(i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_mails_end_within_their_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

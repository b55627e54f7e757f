/* mails: where one ends and the next begins, in every line end there is; and what an input looks like. */
#include "intake_temp.h"

#include "intake/mails.h"

#define FROM "From ann@example.org Tue Mar  3 09:05:01 2026\n"

static const struct {
    const char *name;
    enum content content; /* what it looks like */
    const char *bytes;
    const char *mails[5];
} cases[] = {
    {"one file", CONTENT_MAIL, "Subject: a\n\nbody\n", {"Subject: a\n\nbody\n"}},
    {"leading empty lines", CONTENT_MAIL, "\n\nSubject: a\n\nbody\n", {"Subject: a\n\nbody\n"}},
    {"leading line of blanks", CONTENT_MAIL, "      \t \nSubject: a\n\nbody\n", {"Subject: a\n\nbody\n"}},
    {"byte order mark", CONTENT_MAIL, "\xef\xbb\xbfSubject: a\n\nbody\n", {"Subject: a\n\nbody\n"}},
    {"a From line alone in front", CONTENT_MBOX, FROM "Subject: a\n\nbody\n", {"Subject: a\n\nbody\n"}},
    {"no body", CONTENT_MAIL, "Subject: a\n", {"Subject: a\n"}},
    {"a file is not unquoted or split",
     CONTENT_MAIL,
     "Subject: a\n\nx\n\n>From b\n\n" FROM "Subject: b\n\ny\n",
     {"Subject: a\n\nx\n\n>From b\n\n" FROM "Subject: b\n\ny\n"}},
    {"empty lines only", CONTENT_LINES, "\n\n\n", {NULL}},

    {"two mails",
     CONTENT_MBOX,
     FROM "Subject: a\n\nx\n\n" FROM "Subject: b\n\ny\n\n",
     {"Subject: a\n\nx\n", "Subject: b\n\ny\n"}},
    {"last without its empty line",
     CONTENT_MBOX,
     FROM "Subject: a\n\nx\n\n" FROM "Subject: b\n\ny\n",
     {"Subject: a\n\nx\n", "Subject: b\n\ny\n"}},
    {"last without its line end",
     CONTENT_MBOX,
     FROM "Subject: a\n\nx\n\n" FROM "Subject: b\n\ny",
     {"Subject: a\n\nx\n", "Subject: b\n\ny"}},
    {"only one empty line is the mbox's",
     CONTENT_MBOX,
     FROM "Subject: a\n\nx\n\n\n" FROM "Subject: b\n",
     {"Subject: a\n\nx\n\n", "Subject: b\n"}},
    {"a mail of headers only",
     CONTENT_MBOX,
     FROM "Subject: a\n\n" FROM "Subject: b\n\ny\n",
     {"Subject: a\n", "Subject: b\n\ny\n"}},
    {"mboxo quotes",
     CONTENT_MBOX,
     FROM "Subject: a\n\n>From here\nx >From there\n\n" FROM "Subject: b\n",
     {"Subject: a\n\nFrom here\nx >From there\n", "Subject: b\n"}},
    {"mboxrd quotes",
     CONTENT_MBOX,
     FROM "Subject: a\n\n>>>From here\n>>From\n>From x>From y\n",
     {"Subject: a\n\n>>From here\n>>From\nFrom x>From y\n"}},
    {"prose",
     CONTENT_MBOX,
     FROM "Subject: a\n\n\nFrom the desk of Bob:\n\nFrom: nobody\n\nFrom 9 to 5\n",
     {"Subject: a\n\n\nFrom the desk of Bob:\n\nFrom: nobody\n\nFrom 9 to 5\n"}},
    {"prose with a date, no header behind",
     CONTENT_MBOX,
     FROM "Subject: a\n\nx\n\n" FROM "it rained\n",
     {"Subject: a\n\nx\n\n" FROM "it rained\n"}},
    {"no empty line before",
     CONTENT_MBOX,
     FROM "Subject: a\n\nx\n" FROM "Subject: b\n",
     {"Subject: a\n\nx\n" FROM "Subject: b\n"}},
    {"empty sender",
     CONTENT_MBOX,
     FROM "Subject: a\n\nx\n\nFrom  Tue Mar 03 09:05:01 2026\nSubject: b\n",
     {"Subject: a\n\nx\n", "Subject: b\n"}},
    {"Mozilla's dash",
     CONTENT_MBOX,
     "From - Tue Mar 03 09:05:01 2026\nSubject: a\n\nx\n\nFrom - Tue Mar 03 09:05:02 2026\nSubject: b\n",
     {"Subject: a\n\nx\n", "Subject: b\n"}},
    {"sender with blanks, zone, no seconds",
     CONTENT_MBOX,
     FROM "Subject: a\n\n\nFrom \"a b\"@example.org Tue Mar  3 09:05 CET 2026\nSubject: b\n",
     {"Subject: a\n\n", "Subject: b\n"}},
    {"numeric zone behind the year",
     CONTENT_MBOX,
     FROM "Subject: a\n\nx\n\nFrom x@y Tue Mar  3 09:05:01 2026 +0100\nSubject: b\n",
     {"Subject: a\n\nx\n", "Subject: b\n"}},
    {"RFC 5322 date",
     CONTENT_MBOX,
     FROM "Subject: a\n\nx\n\nFrom x@y Tue, 3 Mar 2026 09:05:01 +0100\nSubject: b\n",
     {"Subject: a\n\nx\n", "Subject: b\n"}},
    {"remote from",
     CONTENT_MBOX,
     FROM "Subject: a\n\nx\n\nFrom x Tue Mar  3 09:05:01 2026 remote from host\nSubject: b\n",
     {"Subject: a\n\nx\n", "Subject: b\n"}},
    {"a second From line, quoted",
     CONTENT_MBOX,
     FROM ">From x Tue Mar  3 09:05:01 2026\nSubject: a\n",
     {"Subject: a\n"}},
    {"empty mails are none", CONTENT_MBOX, FROM "Subject: a\n\nx\n\n\n\n" FROM, {"Subject: a\n\nx\n\n\n"}},
    {"empty lines before the first",
     CONTENT_MBOX,
     "\n\n" FROM "Subject: a\n\nx\n\n" FROM "Subject: b\n",
     {"Subject: a\n\nx\n", "Subject: b\n"}},
};

/* The text with another line end; a static buffer each for the two in use. */
static struct buf with_line_end(const char *text, const char *line_end)
{
    struct buf out = {0};

    for (; *text; text++)
        buf_add(&out, *text == '\n' ? str_of(line_end) : (str){text, 1});
    return out;
}

static void check_mails(size_t i, const char *line_end)
{
    struct err err = {0};
    struct buf bytes = with_line_end(cases[i].bytes, line_end);
    struct input *in = input_open(temp_write("mails", buf_str(&bytes)), false, &err);
    struct mails *mails = mails_new();
    struct identity *seen = identity_new(), *want = identity_new();
    struct mail got;
    size_t n = 0;

    assert_int_equal(content_of(input_peek(in, INPUT_PEEK_BYTES, &err), false), cases[i].content);
    mails_start(mails, in, cases[i].content, seen);
    for (; mails_next(mails, &got, &err) == 1; n++) {
        assert_non_null(cases[i].mails[n]);
        struct buf mail = with_line_end(cases[i].mails[n], line_end);
        if (!str_eq(got.bytes, buf_str(&mail)))
            print_message("%s, mail %zu: got <%.*s>\n", cases[i].name, n, STR_ARG(got.bytes));
        assert_true(str_eq(got.bytes, buf_str(&mail)));
        assert_true(str_starts(str_from(buf_str(&bytes), got.offset), str_to(buf_str(&mail), 7)));
        assert_int_equal(identity_length(seen), got.end);
        assert_false(got.oversized || got.cut);
        buf_free(&mail);
    }
    assert_null(cases[i].mails[n]);
    assert_int_equal(mails_next(mails, &got, &err), 0);
    identity_add(want, buf_str(&bytes));
    assert_int_equal(identity_now(seen).low, identity_now(want).low);
    identity_free(seen);
    identity_free(want);
    mails_free(mails);
    input_close(in);
    buf_free(&bytes);
}

static void splits_in_every_line_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_mails(i, "\n");
        check_mails(i, "\r\n");
        check_mails(i, "\r");
    }
}

static const struct {
    enum content content;
    bool maildir;
    str head;
} contents[] = {
    {CONTENT_EMPTY, false, STR("")},
    {CONTENT_EMPTY, true, STR("")},
    {CONTENT_MAIL, true, STR("anything at all\n")},
    {CONTENT_MAIL, false, STR("Return-Path: <>\nReceived: from a\n by b\n\nbody")},
    {CONTENT_MAIL, false, STR("X-Odd: 1\nsubject : old style\n\nbody")},
    {CONTENT_MAIL, false, STR("Received: from a\nby b (folded without a blank)\nFrom: x\nTo: y\n\nbody")},
    {CONTENT_LINES, false, STR("X-Odd: 1\nX-More: 2\n")}, /* nothing we know */
    {CONTENT_LINES, false, STR("To: the reader\nthis is prose\nand more\n")},
    {CONTENT_LINES, false, STR("Mar  3 09:05:01 mx1 postfix/smtp[812]: ABC: to=<a@example.org>\n")},
    {CONTENT_LINES, false, STR("2026-03-03T09:05:01+01:00 mx1 postfix/smtp[812]: x\n")},
    {CONTENT_LINES, false, STR("<22>1 2026-03-03T09:05:01Z mx1 postfix/smtp 812 - - x\n")},
    {CONTENT_LINES, false, STR("{\"type\":\"Delivery\"}\n")},
    {CONTENT_LINES, false, STR("type,timeLogged,rcpt\nd,2026,x\n")},
    {CONTENT_LINES, false, STR("From here on nothing is known\nand so on\n")},
    {CONTENT_LINES, false, STR("caf\xe9 in Latin-1, \xff\xfe no UTF-8 at all\n")},
    {CONTENT_LINES, false, STR("\x1b[31mcoloured\x1b[0m\n")},
    {CONTENT_LINES, false,
     STR("\0\0\0\0\0\0\0\0\0\0\0\0Mar  3 09:05:01 mx1 x: a hole in front, as copytruncate leaves it\n")},
    {CONTENT_LINES, false, STR("Mar  3 09:05:01 mx1 postfix/smtp[812]: one \0 in the middle of a line\n")},
    {CONTENT_UNKNOWN, false,
     STR("\x7f"
         "ELF\2\1\1")},
    {CONTENT_UNKNOWN, false, STR("PK\3\4\n")},
    {CONTENT_UNKNOWN, false, STR("\0\0\0\0\0\0\0\0")},
    {CONTENT_UNKNOWN, false, STR("a\0b\0c\0d\0\n\0")}, /* UTF-16 */
    {CONTENT_UNKNOWN, false, STR("\1\2\3\4 binary \5\6\7\n")},
    {CONTENT_MBOX, false, STR("From MAILER-DAEMON Tue Mar  3 09:05:01 2026\nReturn-Path: <>\n")},
    {CONTENT_MBOX, false, STR("From MAILER-DAEMON\nReturn-Path: <>\n")}, /* no date, but at the very start */
};

static void knows_contents(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
        const enum content got = content_of(contents[i].head, contents[i].maildir);
        if (got != contents[i].content)
            print_message("%zu: %.*s\n", i, STR_ARG(contents[i].head));
        assert_int_equal(got, contents[i].content);
    }
}

/* The "From " line falls on every place around the edge of a read. */
static void sees_no_read_edges(void **state)
{
    (void)state;
    for (size_t pad = 256 * 1024 - 2200; pad < 256 * 1024 + 20; pad += pad < 256 * 1024 - 120 ? 97 : 1) {
        struct err err = {0};
        struct buf bytes = {0};
        struct mail got;
        buf_add(&bytes, STR(FROM "Subject: a\n\n"));
        while (bytes.n < pad - 1)
            buf_add_char(&bytes, bytes.n % 70 ? 'x' : '\n');
        buf_add(&bytes, STR("\n\n"));
        const size_t next = bytes.n;
        buf_add(&bytes, STR(FROM "Subject: b\n\nbody\n"));
        struct input *in = input_open(temp_write("edge", buf_str(&bytes)), false, &err);
        struct mails *mails = mails_new();
        mails_start(mails, in, CONTENT_MBOX, NULL);
        assert_int_equal(mails_next(mails, &got, &err), 1);
        assert_int_equal(got.end, next);
        assert_int_equal(got.bytes.n, next - 1 - strlen(FROM));
        assert_int_equal(mails_next(mails, &got, &err), 1);
        assert_true(str_eq(got.bytes, STR("Subject: b\n\nbody\n")));
        assert_int_equal(mails_next(mails, &got, &err), 0);
        mails_free(mails);
        input_close(in);
        buf_free(&bytes);
    }
}

/* Small, huge, small: the huge one is told, its rest skipped, and the position behind it is right. */
static void skips_the_rest_of_an_oversized_mail(void **state)
{
    static const size_t sizes[] = {9000, 11900, 14000, 20000, 300000, 1500000};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct err err = {0};
        struct buf bytes = {0};
        struct mail got;
        buf_add(&bytes, STR(FROM "Subject: a\n\nx\n\n" FROM "Subject: b\n\n"));
        for (size_t k = 0; k < sizes[i]; k++)
            buf_add_char(&bytes, k % 70 == 69 ? '\n' : 'b');
        buf_add(&bytes, STR("\n\n"));
        const size_t end = bytes.n;
        buf_add(&bytes, STR(FROM "Subject: c\n\nx\n"));

        struct input *in = input_open(temp_write("big", buf_str(&bytes)), false, &err);
        struct mails *mails = mails_new();
        struct identity *seen = identity_new(), *want = identity_new();
        mails_limit(mails, 10000);
        mails_start(mails, in, CONTENT_MBOX, seen);
        assert_int_equal(mails_next(mails, &got, &err), 1);
        assert_true(str_eq(got.bytes, STR("Subject: a\n\nx\n")));
        assert_int_equal(mails_next(mails, &got, &err), 1);
        assert_int_equal(got.oversized, sizes[i] > 10000);
        assert_true(got.bytes.n <= 10000 && got.bytes.n > 8900);
        assert_true(str_starts(got.bytes, STR("Subject: b\n\nbbb")));
        assert_int_equal(got.end, end);
        assert_int_equal(identity_length(seen), end);
        assert_int_equal(mails_next(mails, &got, &err), 1);
        assert_true(str_eq(got.bytes, STR("Subject: c\n\nx\n")));
        assert_int_equal(got.offset, end + strlen(FROM));
        assert_int_equal(mails_next(mails, &got, &err), 0);
        identity_add(want, buf_str(&bytes));
        assert_int_equal(identity_now(seen).low, identity_now(want).low);
        identity_free(seen);
        identity_free(want);
        mails_free(mails);
        input_close(in);
        buf_free(&bytes);
    }
}

static void takes_up_a_grown_mbox(void **state)
{
    static const char first[] = FROM "Subject: a\n\nx\n\n";
    struct err err = {0};
    struct mail got;

    (void)state;
    temp_write("grown", STR(FROM "Subject: a\n\nx\n\n"));
    temp_append("grown", STR(FROM "Subject: b\n\ny\n\n"));
    struct input *in = input_open(temp_path("grown"), false, &err);
    struct mails *mails = mails_new();
    assert_true(input_skip_to(in, strlen(first), &err));
    mails_start(mails, in, CONTENT_MBOX, NULL);
    assert_int_equal(mails_next(mails, &got, &err), 1);
    assert_true(str_eq(got.bytes, STR("Subject: b\n\ny\n")));
    assert_int_equal(got.offset, strlen(first) + strlen(FROM));
    mails_free(mails);
    input_close(in);
}

static void tells_where_a_truncated_one_broke_off(void **state)
{
    struct err err = {0};
    struct buf bytes = {0}, packed = {0};
    struct mail got;
    size_t whole = 0;
    int answer;

    (void)state;
    for (int i = 0; i < 100; i++)
        buf_printf(&bytes, FROM "Subject: %d\n\nsome text of mail %d, %x\n\n", i, i, i * 7919);
    temp_pack(&packed, "gzip", buf_str(&bytes));
    struct input *in = input_open(temp_write("mbox.gz", str_to(buf_str(&packed), packed.n / 2)), false, &err);
    struct mails *mails = mails_new();
    mails_start(mails, in, CONTENT_MBOX, NULL);
    while ((answer = mails_next(mails, &got, &err)) == 1 && !got.cut)
        whole++;
    assert_true(whole > 10 && whole < 90);
    assert_int_equal(answer, 1);
    assert_int_equal(mails_next(mails, &got, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(mails_next(mails, &got, &err), -1);
    mails_free(mails);
    input_close(in);
    buf_free(&bytes);
    buf_free(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_in_every_line_end), cmocka_unit_test(knows_contents),
        cmocka_unit_test(sees_no_read_edges),       cmocka_unit_test(skips_the_rest_of_an_oversized_mail),
        cmocka_unit_test(takes_up_a_grown_mbox),    cmocka_unit_test(tells_where_a_truncated_one_broke_off),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}

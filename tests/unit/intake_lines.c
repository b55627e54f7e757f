/* lines: what is a line, what is handed out, and what the identity has seen by then. */
#include "intake_temp.h"

#include "intake/lines.h"

static const struct {
    const char *name;
    str bytes;
    const char *lines[5]; /* expected texts */
    const char *rest;     /* NULL: nothing behind the last LF */
} cases[] = {
    {"empty",                  STR(""),                     {NULL},                  NULL },
    {"one line",               STR("a\n"),                  {"a"},                   NULL },
    {"partial last line",      STR("a\nb"),                 {"a"},                   "b"  },
    {"only a partial line",    STR("abc"),                  {NULL},                  "abc"},
    {"empty lines",            STR("\n\na\n"),              {"", "", "a"},           NULL },
    {"CRLF",                   STR("a\r\nb\r\n\r\n"),       {"a", "b", ""},          NULL },
    {"one CR only is dropped", STR("a\r\r\n"),              {"a\r"},                 NULL },
    {"CR is data",             STR("a\rb\n\rc\n"),          {"a\rb", "\rc"},         NULL },
    {"VT, FF, NEL are data",   STR("a\vb\fc\302\205d\n"),   {"a\vb\fc\302\205d"},   NULL },
    {"a CR at the end stays",  STR("a\nb\r"),               {"a"},                   "b\r"},
};

static void hands_out_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        struct input *in = input_open(temp_write("log", cases[i].bytes), false, &err);
        struct lines *lines = lines_new();
        struct line got[8], rest;

        lines_start(lines, in, NULL);
        const ssize_t n = lines_next(lines, got, 8, &err);
        uint64_t at = 0;
        for (ssize_t k = 0; k < n; k++) {
            assert_non_null(cases[i].lines[k]);
            assert_true(str_eq(got[k].text, str_of(cases[i].lines[k])));
            assert_int_equal(got[k].offset, at);
            at += got[k].length;
        }
        assert_null(cases[i].lines[n]);
        assert_int_equal(lines_next(lines, got, 8, &err), 0);
        assert_int_equal(lines_rest(lines, &rest), cases[i].rest != NULL);
        if (cases[i].rest) {
            assert_true(str_eq(rest.text, str_of(cases[i].rest)));
            assert_int_equal(rest.offset, at);
            assert_int_equal(rest.offset + rest.length, cases[i].bytes.n);
            assert_false(lines_rest(lines, &rest));
        }
        lines_free(lines);
        input_close(in);
    }
}

static void keeps_nul_bytes(void **state)
{
    struct err err = {0};
    struct input *in = input_open(temp_write("log", STR("\0\0a\0\n\0\n")), false, &err);
    struct lines *lines = lines_new();
    struct line got[4];

    (void)state;
    lines_start(lines, in, NULL);
    assert_int_equal(lines_next(lines, got, 4, &err), 2);
    assert_true(str_eq(got[0].text, STR("\0\0a\0")));
    assert_true(str_eq(got[1].text, STR("\0")));
    lines_free(lines);
    input_close(in);
}

/* One line of `n` bytes between two short ones, behind `before` other bytes: the block's edges fall anywhere. */
static void check_long_line(size_t before, size_t n, bool crlf, bool oversized)
{
    struct err err = {0};
    struct buf bytes = {0};
    struct line got;

    for (size_t i = 0; i < before; i += 100)
        buf_printf(&bytes, "%099zu\n", i);
    const uint64_t offset = bytes.n;
    memset(buf_reserve(&bytes, n), 'x', n);
    bytes.n += n;
    buf_add(&bytes, crlf ? STR("\r\nbehind\n") : STR("\nbehind\n"));

    struct input *in = input_open(temp_write("log", buf_str(&bytes)), false, &err);
    struct lines *lines = lines_new();
    struct identity *seen = identity_new(), *want = identity_new();
    lines_start(lines, in, seen);
    do {
        assert_int_equal(lines_next(lines, &got, 1, &err), 1);
    } while (got.offset < offset);
    assert_int_equal(got.offset, offset);
    assert_int_equal(got.length, n + 1 + crlf);
    assert_int_equal(got.oversized, oversized);
    assert_int_equal(got.text.n, oversized ? LINE_MAX_BYTES : n);
    assert_int_equal(got.text.p[got.text.n - 1], 'x');

    identity_add(want, (str){bytes.p, (size_t)(got.offset + got.length)});
    assert_int_equal(identity_length(seen), got.offset + got.length);
    assert_int_equal(identity_now(seen).low, identity_now(want).low);
    assert_int_equal(lines_next(lines, &got, 1, &err), 1);
    assert_true(str_eq(got.text, STR("behind")));
    identity_free(seen);
    identity_free(want);
    lines_free(lines);
    input_close(in);
    buf_free(&bytes);
}

static void keeps_64_KiB_of_a_line(void **state)
{
    static const struct {
        size_t n;
        bool oversized;
    } sizes[] = {
        {LINE_MAX_BYTES - 1, false}, {LINE_MAX_BYTES, false}, {LINE_MAX_BYTES + 1, true},  {LINE_MAX_BYTES + 2, true},
        {256 * 1024, true},          {1024 * 1024, true},     {5 * 1024 * 1024 + 7, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t before = 0; before < 300 * 1024; before += 64100) {
            check_long_line(before, sizes[i].n, false, sizes[i].oversized);
            check_long_line(before, sizes[i].n, true, sizes[i].oversized);
        }
    }
}

/* Where the edge of the block falls on the CR of a line of just the limit must make no difference. */
static void sees_no_block_edges(void **state)
{
    (void)state;
    for (size_t before = 190; before < 195; before++) {
        check_long_line(before * 1024, LINE_MAX_BYTES, true, false);
        check_long_line(before * 1024, LINE_MAX_BYTES + 1, true, true);
    }
    for (size_t more = 0; more < 4; more++) {
        /* 1966 lines of 100 bytes end at 196600; the block at 262144, 65544 bytes on */
        check_long_line(196600, LINE_MAX_BYTES + 5 + more, true, true);
        check_long_line(196500 + 100 * more, LINE_MAX_BYTES, true, false);
    }
}

/* After every batch, the identity is that of exactly the bytes of the lines handed out. */
static void knows_the_digest_behind_each_batch(void **state)
{
    struct err err = {0};
    struct buf bytes = {0};
    struct line got[7];

    (void)state;
    temp_log(&bytes, 700 * 1024);
    buf_add(&bytes, STR("a last line without its end"));
    struct input *in = input_open(temp_write("log", buf_str(&bytes)), false, &err);
    struct lines *lines = lines_new();
    struct identity *seen = identity_new(), *want = identity_new();

    lines_start(lines, in, seen);
    for (ssize_t n; (n = lines_next(lines, got, 7, &err)) > 0;) {
        const uint64_t end = got[n - 1].offset + got[n - 1].length;
        identity_add(want, (str){bytes.p + identity_length(want), (size_t)(end - identity_length(want))});
        assert_int_equal(identity_length(seen), end);
        assert_int_equal(identity_now(seen).high, identity_now(want).high);
    }
    assert_int_equal(identity_length(seen), bytes.n - strlen("a last line without its end"));
    assert_true(lines_rest(lines, got));
    assert_int_equal(identity_length(seen), bytes.n);
    identity_free(seen);
    identity_free(want);
    lines_free(lines);
    input_close(in);
    buf_free(&bytes);
}

static void completes_a_partial_line_later(void **state)
{
    struct err err = {0};
    struct input *in = input_open(temp_write("log", STR("one\ntw")), false, &err);
    struct lines *lines = lines_new();
    struct line got[4];

    (void)state;
    lines_start(lines, in, NULL);
    assert_int_equal(lines_next(lines, got, 4, &err), 1);
    assert_int_equal(lines_next(lines, got, 4, &err), 0);
    temp_append("log", STR("o"));
    assert_int_equal(lines_next(lines, got, 4, &err), 0);
    temp_append("log", STR("\nthree\nfo"));
    assert_int_equal(lines_next(lines, got, 4, &err), 2);
    assert_true(str_eq(got[0].text, STR("two")));
    assert_int_equal(got[0].offset, 4);
    assert_true(str_eq(got[1].text, STR("three")));
    lines_free(lines);
    input_close(in);
}

static void starts_in_the_middle(void **state)
{
    struct err err = {0};
    struct input *in = input_open(temp_write("log", STR("one\ntwo\nthree\n")), false, &err);
    struct lines *lines = lines_new();
    struct line got[4];

    (void)state;
    assert_true(input_skip_to(in, 4, &err));
    lines_start(lines, in, NULL);
    assert_int_equal(lines_next(lines, got, 4, &err), 2);
    assert_true(str_eq(got[0].text, STR("two")));
    assert_int_equal(got[0].offset, 4);
    assert_int_equal(got[1].offset, 8);
    lines_free(lines);
    input_close(in);
}

/* An unending line must not pass the identity by its end: it was never complete. */
static void does_not_count_an_unended_oversized_line(void **state)
{
    struct err err = {0};
    struct buf bytes = {0};
    struct line got[4];

    (void)state;
    buf_add(&bytes, STR("one\n"));
    for (int i = 0; i < 100000; i++)
        buf_add(&bytes, STR("0123456789"));
    struct input *in = input_open(temp_write("log", buf_str(&bytes)), false, &err);
    struct lines *lines = lines_new();
    struct identity *seen = identity_new(), *want = identity_new();
    lines_start(lines, in, seen);
    assert_int_equal(lines_next(lines, got, 4, &err), 1);
    assert_int_equal(lines_next(lines, got, 4, &err), 0);
    assert_int_equal(identity_length(seen), 4);
    assert_true(lines_rest(lines, got));
    assert_true(got[0].oversized);
    assert_int_equal(got[0].offset, 4);
    assert_int_equal(got[0].length, 1000000);
    identity_add(want, buf_str(&bytes));
    assert_int_equal(identity_now(seen).low, identity_now(want).low);
    identity_free(seen);
    identity_free(want);
    lines_free(lines);
    input_close(in);
    buf_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_out_lines),
        cmocka_unit_test(keeps_nul_bytes),
        cmocka_unit_test(keeps_64_KiB_of_a_line),
        cmocka_unit_test(sees_no_block_edges),
        cmocka_unit_test(knows_the_digest_behind_each_batch),
        cmocka_unit_test(completes_a_partial_line_later),
        cmocka_unit_test(starts_in_the_middle),
        cmocka_unit_test(does_not_count_an_unended_oversized_line),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}

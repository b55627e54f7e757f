/* arena, buf, err, log, stop, progress: the small machines everything else stands on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/stop.h"
#include "base_text.h"

static void arena_keeps_what_it_is_given(void **state)
{
    struct arena *arena = arena_new();
    char *big;
    (void)state;

    for (int i = 0; i < 3; i++) {
        const str a = arena_str(arena, STR("kept"));
        big = arena_alloc(arena, 200000); /* more than one block */

        assert_int_equal(big[0] | big[199999], 0);
        assert_int_equal((uintptr_t)big % 16, 0);
        assert_str(a, "kept");
        assert_int_equal(a.p[a.n], '\0');
        assert_str(arena_lower(arena, STR("Ann@EXAMPLE.org")), "ann@example.org");
        assert_str(arena_printf(arena, "%s-%d", "x", 7), "x-7");
        assert_str(arena_join(arena, STR("ab"), STR("")), "ab");
        assert_true(arena_bytes(arena) > 200000);
        arena_reset(arena);
        assert_int_equal(arena_bytes(arena), 0);
    }
    arena_free(arena);
    arena_free(NULL);
}

static void buf_grows(void **state)
{
    struct buf buf = {0};
    (void)state;

    assert_str(buf_str(&buf), "");
    for (int i = 0; i < 1000; i++)
        buf_printf(&buf, "%03d", i);
    assert_int_equal(buf.n, 3000);
    assert_memory_equal(buf.p + 2997, "999", 4);
    buf_clear(&buf);
    buf_add_char(&buf, 'x');
    buf_add(&buf, STR("yz"));
    assert_str(buf_str(&buf), "xyz");
    buf_free(&buf);
    assert_null(buf.p);
}

static void err_says_where(void **state)
{
    struct err err = {0};
    (void)state;

    assert_false(err_set(&err, ERR_INPUT, "text: %s", "missing )"));
    assert_false(err_within(&err, "%s:%d", "a.rules", 12));
    assert_string_equal(err.text, "a.rules:12: text: missing )");
    assert_int_equal(err.kind, ERR_INPUT);
    errno = ENOENT;
    assert_false(err_set_errno(&err, ERR_IO, "x"));
    assert_string_equal(err.text, "x: No such file or directory");
    for (int i = 0; i < 200; i++)
        err_within(&err, "deeper");
    assert_true(strlen(err.text) < sizeof err.text && strncmp(err.text, "deeper: deeper", 14) == 0);
}

static void keep_message(void *self, enum log_level level, str line)
{
    struct buf *buf = self;

    buf_clear(buf);
    buf_printf(buf, "%d ", (int)level);
    buf_add(buf, line);
}

static void messages_are_printable(void **state)
{
    struct buf got = {0};
    (void)state;

    log_say(SAY_ERROR, "nobody listens");
    log_to(keep_message, &got, SAY_NOTE);
    log_say(SAY_NOTE, "%s: empty", "a\x1b[31m\nb\x7f\xff\xc3\xa9\xe2\x80\xae");
    assert_str(buf_str(&got), "2 a\\x1b[31m\\x0ab\\x7f\\xff\xc3\xa9\\xe2\\x80\\xae: empty");
    log_say(SAY_DETAIL, "more");
    assert_int_equal(got.p[0], '2');
    assert_false(log_shows(SAY_DETAIL));
    log_to(NULL, NULL, SAY_NOTE);
    buf_free(&got);
}

static void stops_when_asked(void **state)
{
    struct err err = {0};
    (void)state;

    assert_true(stop_check(&err));
    stop_request(15);
    assert_int_equal(stop_requested(), 15);
    assert_false(stop_check(&err));
    assert_int_equal(err.kind, ERR_SIGNAL);
    stop_request(0);
}

static void count_drawing(void *self, const struct progress *progress)
{
    (void)progress;
    ++*(int *)self;
}

static void draws_seldom(void **state)
{
    int drawn = 0;
    struct progress progress = {.draw = count_drawing, .self = &drawn};
    (void)state;

    progress_start(&progress, 1000);
    for (int i = 0; i < 1000; i++)
        progress_tick(&progress);
    assert_in_range(drawn, 0, 1); /* a thousand ticks take less than two tenths of a second */
    progress.done_bytes = 250;
    assert_true(progress_share(&progress) == 0.25);
    progress.done_bytes = 2000;
    assert_true(progress_share(&progress) == 1);
    drawn = 0;
    progress_end(&progress);
    assert_int_equal(drawn, 1);
    progress_start(&progress, 0);
    assert_true(progress_share(&progress) == 0 && progress_seconds_left(&progress) == -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_keeps_what_it_is_given),
        cmocka_unit_test(buf_grows),
        cmocka_unit_test(err_says_where),
        cmocka_unit_test(messages_are_printable),
        cmocka_unit_test(stops_when_asked),
        cmocka_unit_test(draws_seldom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Whole logs beside what they mean: tests/data/logs/FORMAT/NAME.log and NAME.expect, each line of the log
 * numbered, with its events, "known" or "unread". The format is detected, not told.
 *
 * After a change that is meant, UPDATE_EXPECT=1 writes the expectations anew; read the difference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <dirent.h>

#include "base/arena.h"
#include "logs/envelope.h"
#include "logs_print.h"

enum { LINES_MAX = 2000 };

static struct buf read_file(const char *path)
{
    struct buf text = {0};
    FILE *f = fopen(path, "rb");
    size_t n;

    while (f && (n = fread(buf_reserve(&text, 65536), 1, 65536, f)) > 0)
        text.n += n;
    if (f)
        fclose(f);
    return text;
}

struct reader {
    const struct log_format *format;
    struct envelope *envelope;
    struct arena *arena;
    void *state;
};

static void print_line(struct reader *r, size_t number, str text, struct buf *to)
{
    struct log_line line = {.at_us = CLOCK_NONE, .message = text};
    struct log_event events[1]; /* small, so that lists have to grow */
    struct log_sink sink = {.events = events, .room = 1, .arena = r->arena};

    if (!r->format->whole_line && envelope_peel(r->envelope, text, &line) > ENVELOPE_LINE)
        return;
    const enum line_result result = r->format->parse(r->state, &line, &sink);
    if (result != LINE_EVENT) {
        assert_int_equal(sink.count, 0);
        buf_printf(to, "%zu %s\n", number, result == LINE_KNOWN ? "known" : "unread");
    }
    for (size_t i = 0; i < sink.count; i++) {
        buf_printf(to, "%zu ", number);
        print_event(to, &sink.events[i]);
    }
    arena_reset(r->arena);
}

static struct buf events_of(str text, const char *format)
{
    str lines[LINES_MAX];
    size_t count = 0;
    struct buf out = {0};

    while (count < LINES_MAX && str_take_line(&text, &lines[count]))
        count++;
    struct reader r = {.format = log_format_detect(lines, count < 200 ? count : 200, NULL)};
    if (!r.format)
        fail_msg("%s: no format detected", format);
    assert_string_equal(r.format->name, format);
    r.envelope = envelope_new(NULL);
    envelope_set_year(r.envelope, 2026, 1);
    r.arena = arena_new();
    r.state = r.format->state_new ? r.format->state_new() : NULL;
    for (size_t i = 0; i < count; i++)
        print_line(&r, i + 1, lines[i], &out);
    if (r.format->state_free)
        r.format->state_free(r.state);
    arena_free(r.arena);
    envelope_free(r.envelope);
    return out;
}

static int differences(const char *path, str want, str got)
{
    str a = {0}, b = {0};

    for (bool more_a, more_b;;) {
        more_a = str_take_line(&want, &a);
        more_b = str_take_line(&got, &b);
        if (!more_a && !more_b)
            return 0;
        if (more_a != more_b || !str_eq(a, b))
            break;
    }
    print_error("%s:\n  want %.*s\n  got  %.*s\n", path, STR_ARG(a), STR_ARG(b));
    return 1;
}

static int check_log(const char *format, const char *path)
{
    char expect[4096];
    struct buf text = read_file(path);
    struct buf got = events_of(buf_str(&text), format);
    int bad = 0;

    snprintf(expect, sizeof expect, "%.*s.expect", (int)strlen(path) - 4, path);
    if (getenv("UPDATE_EXPECT")) {
        FILE *f = fopen(expect, "wb");
        assert_non_null(f);
        fwrite(got.p, 1, got.n, f);
        fclose(f);
    } else {
        struct buf want = read_file(expect);
        bad = differences(expect, buf_str(&want), buf_str(&got));
        buf_free(&want);
    }
    buf_free(&text);
    buf_free(&got);
    return bad;
}

static int check_format(const char *format, int *logs)
{
    char folder[2048], path[4096];
    int bad = 0;

    snprintf(folder, sizeof folder, "%s/logs/%s", TEST_DATA, format);
    DIR *d = opendir(folder);
    assert_non_null(d); /* a format without golden logs is not done */
    for (struct dirent *e; (e = readdir(d));) {
        if (!str_ends(str_of(e->d_name), STR(".log")))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        bad += check_log(format, path);
        ++*logs;
    }
    closedir(d);
    return bad;
}

static void each_format_reads_its_logs(void **state)
{
    int bad = 0;

    (void)state;
    for (size_t i = 0; i < log_format_count; i++) {
        int logs = 0;
        bad += check_format(log_formats[i].name, &logs);
        assert_true(logs > 0);
    }
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_format_reads_its_logs)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

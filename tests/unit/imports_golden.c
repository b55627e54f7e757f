/* Whole files of each import, written from the formats' documentation, and the rows they give (tests/data/imports). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "imports_print.h"

static const struct {
    const char *name, *end, *format;
} files[] = {
    {"snds-data", "csv", "snds"},
    {"snds-names", "csv", "snds"},
    {"snds-status", "csv", "snds"},
    {"postmaster-v1-list", "json", "postmaster"},
    {"postmaster-v1-lines", "json", "postmaster"},
    {"postmaster-v2-stats", "json", "postmaster"},
    {"postmaster-v2-compliance", "json", "postmaster"},
    {"tlsrpt-report", "json", "tls-rpt"},
};
enum { FILES = sizeof files / sizeof *files };

static void slurp(struct buf *to, const char *name, const char *end)
{
    char path[512];

    snprintf(path, sizeof path, "%s/imports/%s.%s", TEST_DATA, name, end);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *room = buf_reserve(to, 65536);
    to->n += fread(room, 1, 65536, f);
    fclose(f);
}

static void print(void *self, const struct import_row *row)
{
    print_import_row(self, row);
}

static int64_t at(const char *text)
{
    str rest = str_of(text);
    int64_t at_us;

    assert_true(clock_take_rfc3339(&rest, &at_us));
    return at_us;
}

static void read_text(const struct import_format *format, str text, struct buf *to)
{
    struct arena *arena = arena_new();
    struct err err = {0};
    struct import_reading reading = {
        .text = text,
        .now_us = at("2026-03-06T12:00:00Z"),
        .as_of_us = at("2026-03-05T08:00:00Z"),
        .arena = arena,
        .row = print,
        .self = to,
    };

    if (!import_read(format, &reading, &err))
        buf_printf(to, "error: %s\n", err.text);
    buf_printf(to, "read %llu irrelevant %llu unread %llu\n", (unsigned long long)reading.counts.read,
               (unsigned long long)reading.counts.irrelevant, (unsigned long long)reading.counts.unread);
    arena_free(arena);
}

static void files_give_their_rows(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < FILES; i++) {
        struct buf text = {0}, got = {0}, want = {0};
        slurp(&text, files[i].name, files[i].end);
        slurp(&want, files[i].name, "expect");
        const struct import_format *format = import_format_detect(buf_str(&text));
        if (!format || strcmp(format->name, files[i].format) != 0)
            fail_msg("%s: read as %s", files[i].name, format ? format->name : "nothing");
        read_text(format, buf_str(&text), &got);
        if (!str_eq(buf_str(&got), buf_str(&want))) {
            print_error("%s:\n%s", files[i].name, got.p);
            wrong++;
        }
        buf_free(&text);
        buf_free(&got);
        buf_free(&want);
    }
    assert_int_equal(wrong, 0);
}

/* The same with CRLF, with a BOM, with both. */
static void line_ends_and_marks_change_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILES; i++) {
        struct buf text = {0}, other = {0}, got = {0}, want = {0};
        slurp(&text, files[i].name, files[i].end);
        buf_add(&other, STR("\xEF\xBB\xBF"));
        for (size_t k = strncmp(text.p, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0; k < text.n; k++) {
            if (text.p[k] == '\n' && (k == 0 || text.p[k - 1] != '\r'))
                buf_add_char(&other, '\r');
            buf_add_char(&other, text.p[k]);
        }
        const struct import_format *format = import_format_detect(buf_str(&other));
        assert_non_null(format);
        read_text(format, buf_str(&text), &want);
        read_text(format, buf_str(&other), &got);
        assert_string_equal(got.p, want.p);
        buf_free(&text);
        buf_free(&other);
        buf_free(&got);
        buf_free(&want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_give_their_rows),
        cmocka_unit_test(line_ends_and_marks_change_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * bounces: every sample mail in tests/data/{dsn,arf,prose,answers,others} says what its .expect says, with LF,
 * CRLF and CR line ends. With paths as arguments it prints what it reads in them: the text of a new .expect.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>

#include "bounces_describe.h"

static const char *const folders[] = {"dsn", "arf", "prose", "answers", "others"};

static str with_ends(str mail, const char *end, struct buf *to)
{
    buf_clear(to);
    for (size_t i = 0; i < mail.n; i++)
        if (mail.p[i] == '\n')
            buf_add(to, str_of(end));
        else
            buf_add_char(to, mail.p[i]);
    return buf_str(to);
}

static bool reads_as(str mail, struct arena *arena, struct buf *text)
{
    struct returned out;
    struct err err = {0};

    arena_reset(arena);
    buf_clear(text);
    if (!bounces_read(mail, arena, &out, &err))
        return false;
    describe(text, &out);
    return true;
}

static void check_sample(const char *path, struct arena *arena)
{
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    struct buf mail = {0}, text = {0};
    char expect[512];
    const str bytes = file_bytes(path);

    snprintf(expect, sizeof expect, "%.*s.expect", (int)(strlen(path) - 4), path);
    const str want = file_bytes(expect);
    if (!bytes.p || !want.p)
        fail_msg("%s: cannot be read, or has no .expect", path);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        assert_true(reads_as(with_ends(bytes, ends[i], &mail), arena, &text));
        if (!str_eq(buf_str(&text), want))
            fail_msg("%s (line ends %zu)\nis\n%s\nshould be\n%s", path, i, text.p, want.p);
    }
    free((char *)(uintptr_t)bytes.p);
    free((char *)(uintptr_t)want.p);
    buf_free(&mail);
    buf_free(&text);
}

static size_t check_folder(const char *name, struct arena *arena)
{
    char folder[256], path[512];
    size_t count = 0;

    snprintf(folder, sizeof folder, "%s/%s", TEST_DATA, name);
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        const size_t n = strlen(e->d_name);
        if (n < 5 || strcmp(e->d_name + n - 4, ".eml") != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        check_sample(path, arena);
        count++;
    }
    closedir(dir);
    return count;
}

static void samples_read_as_expected(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        assert_true(check_folder(folders[i], arena) > 0);
    arena_free(arena);
}

/* The mail's identity does not depend on its line ends. */
static void digest_is_of_canonical_bytes(void **state)
{
    struct arena *arena = arena_new();
    struct returned a, b, c;
    struct err err = {0};

    (void)state;
    assert_true(bounces_read(STR("From: a@example.org\nSubject: x\n\nhello\n"), arena, &a, &err));
    assert_true(bounces_read(STR("From: a@example.org\r\nSubject: x\r\n\r\nhello\r\n"), arena, &b, &err));
    assert_true(bounces_read(STR("From: a@example.org\nSubject: x\n\nhallo\n"), arena, &c, &err));
    assert_true(a.digest.high == b.digest.high && a.digest.low == b.digest.low);
    assert_false(a.digest.high == c.digest.high && a.digest.low == c.digest.low);
    arena_free(arena);
}

static void print_files(int count, char **paths)
{
    struct arena *arena = arena_new();
    struct buf text = {0};

    for (int i = 0; i < count; i++) {
        const str bytes = file_bytes(paths[i]);
        if (bytes.p && reads_as(bytes, arena, &text))
            printf("%s", text.p);
        free((char *)(uintptr_t)bytes.p);
    }
    buf_free(&text);
    arena_free(arena);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_read_as_expected),
        cmocka_unit_test(digest_is_of_canonical_bytes),
    };
    int failed = 0;

    bounces_start();
    if (argc > 1)
        print_files(argc - 1, argv + 1);
    else
        failed = cmocka_run_group_tests(tests, NULL, NULL);
    bounces_stop();
    return failed;
}

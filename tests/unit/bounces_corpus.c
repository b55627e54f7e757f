/*
 * bounces: every mail of the shared corpus gives the same answer with LF, CRLF and CR line ends, and an answer
 * whatever byte it is cut at (each part boundary, and steps in between).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>

#include "bounces_describe.h"

static const char *corpus = TEST_DATA "/../../../shared/corpus/bounces";

struct bench {
    struct arena *arena;
    struct buf first, other, mail;
    size_t mails;
};

static void read_as(struct bench *b, str mail, struct buf *text)
{
    struct returned out;
    struct err err = {0};

    arena_reset(b->arena);
    buf_clear(text);
    if (bounces_read(mail, b->arena, &out, &err))
        describe(text, &out);
    else
        buf_add(text, str_of(err.text));
}

static void with_ends(str mail, const char *end, struct buf *to)
{
    buf_clear(to);
    for (size_t i = 0; i < mail.n; i++)
        if (mail.p[i] == '\n')
            buf_add(to, str_of(end));
        else
            buf_add_char(to, mail.p[i]);
}

/* CRLF, CR CR LF and CR as LF: the common form that the other three are made of. */
static str as_lf(str mail, struct buf *to)
{
    buf_clear(to);
    for (size_t i = 0; i < mail.n; i++)
        if (mail.p[i] != '\r')
            buf_add_char(to, mail.p[i]);
        else if (i + 1 < mail.n && mail.p[i + 1] != '\n' && mail.p[i + 1] != '\r')
            buf_add_char(to, '\n');
    return buf_str(to);
}

static void check_ends(struct bench *b, str mail, const char *path)
{
    static const char *const ends[] = {"\r\n", "\r"};

    read_as(b, mail, &b->first);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        with_ends(mail, ends[i], &b->mail);
        read_as(b, buf_str(&b->mail), &b->other);
        if (!str_eq(buf_str(&b->first), buf_str(&b->other)))
            fail_msg("%s: line ends %zu\n%s\ninstead of\n%s", path, i, b->other.p, b->first.p);
    }
}

static void check_cuts(struct bench *b, str mail)
{
    const size_t step = mail.n / 7 + 1;
    str rest = mail;
    size_t at;

    for (size_t n = 0; n < mail.n; n += step)
        read_as(b, str_to(mail, n), &b->other);
    for (int i = 0; i < 8 && (at = str_find(rest, STR("\n--"))) != STR_NONE; i++) {
        rest = str_from(rest, at + 3);
        read_as(b, str_to(mail, (size_t)(rest.p - mail.p)), &b->other);
    }
}

static void check_mail(struct bench *b, const char *path)
{
    struct buf lf = {0};
    const str bytes = file_bytes(path);

    assert_non_null(bytes.p);
    if (bytes.n < 128 * 1024) {
        const str mail = as_lf(bytes, &lf);
        check_ends(b, mail, path);
        check_cuts(b, mail);
        b->mails++;
    }
    buf_free(&lf);
    free((char *)(uintptr_t)bytes.p);
}

static void check_folder(struct bench *b, const char *name)
{
    char folder[1024], path[2048];
    DIR *dir;

    snprintf(folder, sizeof folder, "%s/%s", corpus, name);
    dir = opendir(folder);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        if (!str_ends(str_of(e->d_name), STR(".eml")))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        check_mail(b, path);
    }
    if (dir)
        closedir(dir);
}

static void line_ends_change_nothing(void **state)
{
    struct bench b = {.arena = arena_new()};
    DIR *dir = opendir(corpus);

    (void)state;
    bounces_start();
    for (struct dirent *e; (e = readdir(dir));)
        if (e->d_name[0] != '.' && e->d_type == DT_DIR)
            check_folder(&b, e->d_name);
    closedir(dir);
    print_message("%zu mails\n", b.mails);
    assert_true(b.mails > 0);
    bounces_stop();
    buf_free(&b.first);
    buf_free(&b.other);
    buf_free(&b.mail);
    arena_free(b.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_ends_change_nothing),
    };
    DIR *dir = opendir(corpus);

    if (!dir) {
        printf("skipped: no corpus in %s\n", corpus);
        return 77;
    }
    closedir(dir);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

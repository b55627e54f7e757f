/* input_walk: which files of a folder are read, in which order, and as what. */
#include "intake_temp.h"

#include "intake/input.h"

struct seen {
    struct buf text; /* "path" a line, a mail of a Maildir with "@" before it, a refused one with "!" */
    int stop_after;  /* 0: never */
};

static const char *below(const char *path)
{
    const size_t n = strlen(temp_folder);

    return strncmp(path, temp_folder, n) == 0 ? path + n + (path[n] == '/') : path;
}

static bool visit(void *self, struct input *in, struct err *err)
{
    struct seen *seen = self;

    (void)err;
    buf_printf(&seen->text, "%s%s\n", input_is_maildir(in) ? "@" : "", below(input_path(in)));
    return seen->stop_after == 0 || --seen->stop_after > 0;
}

static void refuse(void *self, const char *path, const char *why)
{
    buf_printf(&((struct seen *)self)->text, "! %s: %s\n", below(path), why);
}

static bool walk(const char *path, const char *want, int stop_after)
{
    struct seen seen = {.stop_after = stop_after};
    const struct input_visitor visitor = {visit, refuse, &seen};
    struct err err = {0};
    const bool all = input_walk(&path, 1, &visitor, &err);

    assert_string_equal(seen.text.n ? seen.text.p : "", want);
    buf_free(&seen.text);
    return all;
}

static void walks_in_name_order(void **state)
{
    (void)state;
    temp_mkdir("logs");
    temp_write("logs/mail.log.2.gz", STR("x"));
    temp_write("logs/mail.log", STR("x"));
    temp_write("logs/mail.log.1", STR("x"));
    temp_write("logs/.hidden", STR("x"));
    temp_write("logs/Z", STR("x"));
    temp_mkdir("logs/.git");
    temp_write("logs/.git/config", STR("x"));
    temp_mkdir("logs/mail");
    temp_write("logs/mail/b", STR("x"));
    temp_write("logs/mail/a", STR("x"));
    mkfifo(temp_path("logs/fifo"), 0600);
    static const char want[] = "logs/Z\nlogs/mail/a\nlogs/mail/b\nlogs/mail.log\nlogs/mail.log.1\nlogs/mail.log.2.gz\n";
    assert_true(walk(temp_path("logs"), want, 0));
}

static void takes_a_folder_with_a_slash(void **state)
{
    (void)state;
    temp_mkdir("one");
    temp_write("one/log", STR("x"));
    assert_true(walk(temp_path("one///"), "one/log\n", 0));
}

static void stops_when_told(void **state)
{
    (void)state;
    temp_mkdir("stop");
    temp_write("stop/a", STR("x"));
    temp_write("stop/b", STR("x"));
    temp_write("stop/c", STR("x"));
    assert_false(walk(temp_path("stop"), "stop/a\nstop/b\n", 2));
}

static void knows_a_maildir(void **state)
{
    static const char *const folders[] = {"md",           "md/cur", "md/new",     "md/tmp",     "md/.Sent",
                                          "md/.Sent/cur", "md/Old", "md/Old/cur", "md/Old/new", "md/cur/odd"};
    static const char *const files[] = {"md/dovecot.index", "md/cur/1.eml:2,S", "md/cur/0:2,",  "md/new/2",
                                        "md/tmp/half",      "md/.Sent/cur/3",   "md/Old/cur/4", "md/cur/odd/5"};

    (void)state;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        temp_mkdir(folders[i]);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        temp_write(files[i], STR("Subject: x\n"));
    assert_true(walk(temp_path("md"), "@md/Old/cur/4\n@md/cur/0:2,\n@md/cur/1.eml:2,S\n@md/new/2\n", 0));
    assert_true(walk(temp_path("md/cur"), "@md/cur/0:2,\n@md/cur/1.eml:2,S\n", 0));
    assert_true(walk(temp_path("md/new/"), "@md/new/2\n", 0));
}

static void follows_links_to_files_only(void **state)
{
    (void)state;
    temp_mkdir("links");
    temp_write("real", STR("x"));
    assert_int_equal(symlink("../real", temp_path("links/to-file")), 0);
    assert_int_equal(symlink(".", temp_path("links/loop")), 0);
    assert_int_equal(symlink("nowhere", temp_path("links/broken")), 0);
    assert_true(walk(temp_path("links"), "! links/broken: No such file or directory\nlinks/to-file\n", 0));
}

static void names_what_it_cannot_read(void **state)
{
    (void)state;
    assert_true(walk(temp_path("missing"), "! missing: No such file or directory\n", 0));
    temp_mkdir("locked");
    temp_write("locked/in", STR("x"));
    chmod(temp_path("locked"), 0);
    if (geteuid() != 0) /* root may read it */
        assert_true(walk(temp_path("locked"), "! locked: Permission denied\n", 0));
    chmod(temp_path("locked"), 0700);
}

static void ends_somewhere(void **state)
{
    char path[4 * INPUT_DEPTH] = "deep";
    char want[8 * INPUT_DEPTH];

    (void)state;
    temp_mkdir(path);
    for (int i = 0; i < INPUT_DEPTH; i++) {
        strcat(path, "/d");
        temp_mkdir(path);
    }
    assert_true(walk(temp_path("deep"), "", 0)); /* 32 below is fine */
    strcat(path, "/d");
    temp_mkdir(path);
    snprintf(want, sizeof want, "! %s: folders nested too deep (limit 32)\n", path);
    assert_true(walk(temp_path("deep"), want, 0));
}

static void finds_rotated_forms(void **state)
{
    static const char *const files[] = {
        "rot/x.log",      "rot/x.log.1",  "rot/x.log.2.gz", "rot/x.log-20260303.xz",  "rot/x.log.old",
        "rot/x.log.1.md", "rot/yx.log.1", "rot/x.logs.1",   "rot/x.log-2026-03-01_1", "rot/x.log.",
        "rot/x.log.gz"};
    struct seen seen = {0};
    const struct input_visitor visitor = {visit, refuse, &seen};
    struct err err = {0};

    (void)state;
    temp_mkdir("rot");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const struct timespec times[2] = {{1000, 0}, {2000000000 - (time_t)i * 86400, 0}};
        temp_write(files[i], STR("x"));
        utimensat(AT_FDCWD, temp_path(files[i]), times, 0);
    }
    assert_true(input_walk_rotated(temp_path("rot/x.log"), &visitor, &err));
    assert_string_equal(seen.text.p, "rot/x.log.1\nrot/x.log.2.gz\nrot/x.log-20260303.xz\nrot/x.log-2026-03-01_1\n");
    buf_clear(&seen.text);
    assert_true(input_walk_rotated(temp_path("rot/none.log"), &visitor, &err));
    assert_true(input_walk_rotated(temp_path("no-folder/x.log"), &visitor, &err));
    assert_int_equal(seen.text.n, 0);
    buf_free(&seen.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_in_name_order),
        cmocka_unit_test(takes_a_folder_with_a_slash),
        cmocka_unit_test(stops_when_told),
        cmocka_unit_test(knows_a_maildir),
        cmocka_unit_test(follows_links_to_files_only),
        cmocka_unit_test(names_what_it_cannot_read),
        cmocka_unit_test(ends_somewhere),
        cmocka_unit_test(finds_rotated_forms),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}

/* watch: each way a log grows, is rotated or goes away, seen with inotify and without. */
#include "intake_temp.h"

#include <poll.h>

#include "base/clock.h"
#include "intake/lines.h"
#include "intake/watch.h"

/*
 * A follower as serve/ has one: reads what is told, and writes down what happened, "new a=one,two" a line.
 * Letters name files in order of their appearance.
 */
enum { FILES = 8 };

struct follower {
    struct watch *watch;
    struct input *in[FILES];
    struct lines *lines[FILES];
    struct buf story;
};

static void read_lines(struct follower *f, uint32_t file)
{
    struct err err = {0};
    struct line batch[8];
    ssize_t n;

    while ((n = lines_next(f->lines[file], batch, 8, &err)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            buf_printf(&f->story, " %.*s", STR_ARG(batch[i].text));
    }
}

static void open_file(struct follower *f, uint32_t file)
{
    struct err err = {0};

    input_close(f->in[file]);
    f->in[file] = watch_open(f->watch, file, &err);
    assert_non_null(f->in[file]);
    if (!f->lines[file])
        f->lines[file] = lines_new();
    lines_start(f->lines[file], f->in[file], NULL);
}

static void told(void *self, const struct watch_event *event)
{
    static const char *const words[] = {"", "new", "grew", "cut", "done", "filed"};
    struct follower *f = self;
    const char *slash = strrchr(event->path, '/');

    if (event->change == WATCH_FILED) {
        buf_printf(&f->story, "filed %s|", slash + 1);
        return;
    }
    assert_true(event->file < FILES);
    buf_printf(&f->story, "%s %c", words[event->change], (int)('a' + event->file - 1));
    if (event->change == WATCH_NEW || event->change == WATCH_CUT)
        open_file(f, event->file);
    read_lines(f, event->file);
    buf_add_char(&f->story, '|');
}

static void start(struct follower *f, int64_t grace_us, bool blind)
{
    struct err err = {0};

    memset(f, 0, sizeof *f);
    f->watch = watch_new(grace_us, &err);
    assert_non_null(f->watch);
    if (blind)
        watch_blind(f->watch);
}

static void stop(struct follower *f)
{
    for (int i = 0; i < FILES; i++) {
        lines_free(f->lines[i]);
        input_close(f->in[i]);
    }
    watch_free(f->watch);
    buf_free(&f->story);
}

/* Steps as the loop would until the story is as wanted; false after two seconds. */
static bool waits_for(struct follower *f, const char *want)
{
    const int64_t until = clock_monotonic_us() + 2 * CLOCK_SECOND;
    struct pollfd p = {.fd = watch_fd(f->watch), .events = POLLIN};

    do {
        watch_step(f->watch, told, f);
        if (strcmp(f->story.n ? f->story.p : "", want) == 0)
            return true;
        poll(&p, 1, 2000);
    } while (clock_monotonic_us() < until);
    print_message("got:  %s\nwant: %s\n", f->story.n ? f->story.p : "", want);
    return false;
}

#define EXPECT(follower, want)                                                                                         \
    do {                                                                                                               \
        assert_true(waits_for(follower, want));                                                                        \
        buf_clear(&(follower)->story);                                                                                 \
    } while (0)

static void both_ways(void (*check)(struct follower *f), int64_t grace_us)
{
    for (int blind = 0; blind < 2; blind++) {
        struct follower f;
        start(&f, grace_us, blind);
        check(&f);
        stop(&f);
    }
}

static void check_append(struct follower *f)
{
    unlink(temp_path("log"));
    watch_add(f->watch, temp_path("log"), false);
    EXPECT(f, "");
    temp_write("log", STR("one\n"));
    EXPECT(f, "new a one|");
    temp_append("log", STR("two\nthr"));
    EXPECT(f, "grew a two|");
    temp_append("log", STR("ee"));
    EXPECT(f, "grew a|"); /* a partial line waits */
    temp_append("log", STR("\nfour\n"));
    EXPECT(f, "grew a three four|");
    watch_step(f->watch, told, f);
    EXPECT(f, ""); /* nothing new, nothing told */
}

static void follows_appends(void **state)
{
    (void)state;
    both_ways(check_append, WATCH_GRACE_US);
}

static void check_rename(struct follower *f)
{
    temp_write("log", STR("one\n"));
    watch_add(f->watch, temp_path("log"), false);
    EXPECT(f, "new a one|");
    temp_append("log", STR("two\n")); /* unread when it is renamed */
    rename(temp_path("log"), temp_path("log.1"));
    temp_write("log", STR("three\n"));
    EXPECT(f, "grew a two|new b three|");
    temp_append("log.1", STR("late\n")); /* the writer has the old one open still */
    temp_append("log", STR("four\n"));
    EXPECT(f, "grew b four|grew a late|");
    EXPECT(f, "done a|");
    temp_append("log", STR("five\n"));
    EXPECT(f, "grew b five|");
    unlink(temp_path("log.1"));
}

static void follows_a_renamed_file_and_its_successor(void **state)
{
    (void)state;
    both_ways(check_rename, 700000);
}

static void check_gz(struct follower *f)
{
    struct buf packed = {0};

    temp_write("log", STR("one\n"));
    watch_add(f->watch, temp_path("log"), false);
    EXPECT(f, "new a one|");
    rename(temp_path("log"), temp_path("log.1"));
    temp_pack(&packed, "gzip", STR("one\n"));
    temp_write("log.1.gz", buf_str(&packed));
    unlink(temp_path("log.1"));
    EXPECT(f, "done a|"); /* and the .gz is nobody's name */
    temp_write("log", STR("two\n"));
    EXPECT(f, "new b two|");
    unlink(temp_path("log.1.gz"));
    buf_free(&packed);
}

static void survives_compression(void **state)
{
    (void)state;
    both_ways(check_gz, 0);
}

static void check_copytruncate(struct follower *f)
{
    temp_write("log", STR("one\ntwo\n"));
    watch_add(f->watch, temp_path("log"), false);
    EXPECT(f, "new a one two|");
    assert_int_equal(truncate(temp_path("log"), 0), 0);
    temp_append("log", STR("x\n"));
    EXPECT(f, "cut a x|");
    temp_append("log", STR("y\n"));
    EXPECT(f, "grew a y|");
    /* cut and grown past the old size between two looks */
    assert_int_equal(truncate(temp_path("log"), 0), 0);
    temp_append("log", STR("a whole new content\n"));
    EXPECT(f, "cut a a whole new content|");
    /* the same size exactly */
    assert_int_equal(truncate(temp_path("log"), 0), 0);
    temp_append("log", STR("b whole new content\n"));
    EXPECT(f, "cut a b whole new content|");
}

static void sees_a_copytruncate(void **state)
{
    (void)state;
    both_ways(check_copytruncate, WATCH_GRACE_US);
}

static void check_deletion(struct follower *f)
{
    temp_write("log", STR("one\n"));
    watch_add(f->watch, temp_path("log"), false);
    EXPECT(f, "new a one|");
    temp_append("log", STR("two\n"));
    unlink(temp_path("log"));
    EXPECT(f, "grew a two|done a|"); /* what was written before it went is read */
    temp_write("log", STR("three\n"));
    EXPECT(f, "new b three|");
}

static void reads_a_deleted_file_to_its_end(void **state)
{
    (void)state;
    both_ways(check_deletion, 0);
}

static void check_two(struct follower *f)
{
    temp_write("log", STR("one\n"));
    temp_write("other", STR("uno\n"));
    watch_add(f->watch, temp_path("log"), false);
    watch_add(f->watch, temp_path("other"), false);
    EXPECT(f, "new a one|new b uno|");
    temp_append("other", STR("due\n"));
    EXPECT(f, "grew b due|");
    rename(temp_path("log"), temp_path("away"));
    rename(temp_path("away"), temp_path("log")); /* there and back */
    temp_append("log", STR("two\n"));
    EXPECT(f, "grew a two|");
}

static void follows_several(void **state)
{
    (void)state;
    both_ways(check_two, WATCH_GRACE_US);
}

static void check_link(struct follower *f)
{
    temp_write("log-1", STR("one\n"));
    temp_write("log-2", STR("two\n"));
    unlink(temp_path("current"));
    assert_int_equal(symlink("log-1", temp_path("current")), 0);
    watch_add(f->watch, temp_path("current"), false);
    EXPECT(f, "new a one|");
    assert_int_equal(symlink("log-2", temp_path("next")), 0);
    rename(temp_path("next"), temp_path("current"));
    EXPECT(f, "new b two|done a|");
}

static void follows_a_link_that_turns(void **state)
{
    (void)state;
    both_ways(check_link, 0);
}

static void check_maildir(struct follower *f)
{
    temp_write("md/new/1", STR("Subject: x\n"));
    watch_add(f->watch, temp_path("md/new"), true);
    EXPECT(f, "filed 1|");
    temp_write("md/tmp/2", STR("Subject: y\n"));
    rename(temp_path("md/tmp/2"), temp_path("md/new/2"));
    for (int i = 0; i < 100 && !(f->story.n && strstr(f->story.p, "filed 2|")); i++) {
        struct pollfd p = {.fd = watch_fd(f->watch), .events = POLLIN};
        poll(&p, 1, 2000);
        watch_step(f->watch, told, f);
    }
    assert_non_null(strstr(f->story.p, "filed 2|"));
    unlink(temp_path("md/new/1"));
    unlink(temp_path("md/new/2"));
}

static void tells_what_comes_into_a_maildir(void **state)
{
    (void)state;
    temp_mkdir("md");
    temp_mkdir("md/new");
    temp_mkdir("md/tmp");
    both_ways(check_maildir, WATCH_GRACE_US);
}

/* A line is seen within a second even without inotify, and at once with it. */
static void is_quick(void **state)
{
    (void)state;
    for (int blind = 0; blind < 2; blind++) {
        struct follower f;
        start(&f, WATCH_GRACE_US, blind);
        temp_write("log", STR("one\n"));
        watch_add(f.watch, temp_path("log"), false);
        EXPECT(&f, "new a one|");
        const int64_t before = clock_monotonic_us();
        temp_append("log", STR("two\n"));
        EXPECT(&f, "grew a two|");
        assert_true(clock_monotonic_us() - before < CLOCK_SECOND);
        stop(&f);
    }
}

static void forgets_a_file_that_is_done(void **state)
{
    struct err err = {0};
    struct follower f;

    (void)state;
    start(&f, WATCH_GRACE_US, false);
    assert_null(watch_open(f.watch, 7, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_appends),
        cmocka_unit_test(follows_a_renamed_file_and_its_successor),
        cmocka_unit_test(survives_compression),
        cmocka_unit_test(sees_a_copytruncate),
        cmocka_unit_test(reads_a_deleted_file_to_its_end),
        cmocka_unit_test(follows_several),
        cmocka_unit_test(follows_a_link_that_turns),
        cmocka_unit_test(tells_what_comes_into_a_maildir),
        cmocka_unit_test(is_quick),
        cmocka_unit_test(forgets_a_file_that_is_done),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}

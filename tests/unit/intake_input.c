/* input: one stream of bytes, whatever it is packed in, wherever it comes from, however early it ends. */
#include "intake_temp.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "intake/input.h"

static struct buf content; /* 300 KiB of log */

static int make_content(void **state)
{
    temp_log(&content, 300 * 1024);
    return temp_make(state);
}

static int drop_content(void **state)
{
    buf_free(&content);
    return temp_remove(state);
}

/* All of it in pieces of `step`; the last answer of input_read() is left in *end. */
static struct buf read_all(struct input *in, size_t step, ssize_t *end, struct err *err)
{
    struct buf got = {0};

    while ((*end = input_read(in, buf_reserve(&got, step), step, err)) > 0)
        got.n += (size_t)*end;
    return got;
}

static void expect_all(struct input *in, size_t step, str want)
{
    struct err err = {0};
    ssize_t end;
    struct buf got = read_all(in, step, &end, &err);

    assert_int_equal(end, 0);
    assert_true(str_eq(buf_str(&got), want));
    buf_free(&got);
}

static struct input *open_bytes(const char *name, str bytes)
{
    struct err err = {0};
    struct input *in = input_open(temp_write(name, bytes), false, &err);

    assert_non_null(in);
    return in;
}

static const char *const filters[] = {"gzip", "xz", "zstd", "bzip2"};
enum { FILTERS = sizeof filters / sizeof *filters };

static void unpacks_by_content(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILTERS; i++) {
        struct buf packed = {0};
        temp_pack(&packed, filters[i], buf_str(&content));
        struct input *in = open_bytes("no-ending", buf_str(&packed));
        assert_true(input_is_compressed(in));
        assert_int_equal(input_size(in), packed.n);
        expect_all(in, 10000, buf_str(&content));
        assert_int_equal(input_offset(in), content.n);
        assert_int_equal(input_consumed(in), packed.n);
        input_close(in);
        buf_free(&packed);
    }
}

/* logrotate's "gz by parts", zstd segments: several streams in one file are one. */
static void joins_concatenated_streams(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILTERS; i++) {
        struct buf packed = {0};
        for (size_t at = 0; at < content.n; at += 50000)
            temp_pack(&packed, filters[i], str_to(str_from(buf_str(&content), at), 50000));
        temp_pack(&packed, filters[i], STR("")); /* and an empty one */
        temp_pack(&packed, filters[i], STR("last\n"));
        struct input *in = open_bytes("parts", buf_str(&packed));
        struct buf want = {0};
        buf_add(&want, buf_str(&content));
        buf_add(&want, STR("last\n"));
        expect_all(in, 65536, buf_str(&want));
        input_close(in);
        buf_free(&want);
        buf_free(&packed);
    }
}

static void unpacks_twice(void **state)
{
    struct buf once = {0}, twice = {0};

    (void)state;
    temp_pack(&once, "gzip", buf_str(&content));
    temp_pack(&twice, "xz", buf_str(&once));
    struct input *in = open_bytes("log.gz.xz", buf_str(&twice));
    expect_all(in, 4096, buf_str(&content));
    input_close(in);
    buf_free(&once);
    buf_free(&twice);
}

static void reads_empty_ones(void **state)
{
    (void)state;
    struct input *in = open_bytes("empty", STR(""));
    expect_all(in, 100, STR(""));
    input_close(in);
    for (size_t i = 0; i < FILTERS; i++) {
        struct buf packed = {0};
        temp_pack(&packed, filters[i], STR(""));
        in = open_bytes("empty", buf_str(&packed));
        assert_true(input_is_compressed(in));
        expect_all(in, 100, STR(""));
        input_close(in);
        buf_free(&packed);
    }
}

static void leaves_look_alikes_alone(void **state)
{
    static const str plain[] = {
        STR("BZh9 is how a bzip2 file begins\n"),
        STR("BZh"),
        STR("\x1f\x8b"),
        STR("\xfd"
            "7zX"),
        STR("P*M and so on"),
        STR("x"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        struct input *in = open_bytes("plain", plain[i]);
        assert_false(input_is_compressed(in));
        expect_all(in, 7, plain[i]);
        input_close(in);
    }
}

/* Cut anywhere: what comes out is a true beginning, it grows with the input, and the end is an error that stays. */
static void hands_out_all_of_a_truncated_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILTERS; i++) {
        struct buf packed = {0};
        size_t before = 0;
        temp_pack(&packed, filters[i], buf_str(&content));
        for (size_t cut = 18; cut < packed.n; cut += packed.n / 13) {
            struct err err = {0};
            ssize_t end;
            struct input *in = open_bytes("cut", str_to(buf_str(&packed), cut));
            struct buf got = read_all(in, 5000, &end, &err);
            assert_int_equal(end, -1);
            assert_int_equal(err.kind, ERR_INPUT);
            assert_non_null(strstr(err.text, "broken off"));
            assert_true(str_starts(buf_str(&content), buf_str(&got)));
            assert_true(got.n >= before);
            before = got.n;
            err.kind = ERR_NONE;
            assert_int_equal(input_read(in, buf_reserve(&got, 10), 10, &err), -1);
            assert_int_equal(err.kind, ERR_INPUT);
            buf_free(&got);
            input_close(in);
        }
        buf_free(&packed);
    }
}

/* gzip writes as it goes: with half of the file there is about half of the text, to within the last few hundred bytes.
 */
static void gets_the_last_lines_of_a_truncated_gz(void **state)
{
    struct buf packed = {0};

    (void)state;
    temp_pack(&packed, "gzip", str_to(buf_str(&content), 20000)); /* far less than one block of libarchive's */
    for (size_t cut = 1000; cut < packed.n - 8; cut += 500) {
        struct err err = {0};
        ssize_t end;
        struct input *in = open_bytes("cut.gz", str_to(buf_str(&packed), cut));
        struct buf got = read_all(in, 5000, &end, &err);
        const size_t share = (size_t)(20000.0 * (double)cut / (double)packed.n);
        assert_int_equal(end, -1);
        assert_true(got.n + 1500 > share);
        assert_true(str_starts(buf_str(&content), buf_str(&got)));
        buf_free(&got);
        input_close(in);
    }
    buf_free(&packed);
}

/* xz and bzip2 only: libarchive does not compare gzip's CRC, and zstd's is optional; what still decodes goes unseen. */
static void names_a_damaged_one(void **state)
{
    (void)state;
    for (size_t i = 1; i < FILTERS; i += 2) {
        struct err err = {0};
        struct buf packed = {0};
        ssize_t end;
        temp_pack(&packed, filters[i], buf_str(&content));
        memset(packed.p + packed.n / 2, 0xa5, 64);
        struct input *in = open_bytes("damaged", buf_str(&packed));
        struct buf got = read_all(in, 5000, &end, &err);
        assert_int_equal(end, -1);
        assert_true(got.n < content.n);
        buf_free(&got);
        buf_free(&packed);
        input_close(in);
    }
}

static void says_when_even_the_header_is_torn(void **state)
{
    struct err err = {0};
    char room[100];

    (void)state;
    struct input *in = open_bytes("torn", STR("\x1f\x8b\x08\0\0"));
    assert_int_equal(input_peek(in, 100, &err).n, 0);
    assert_int_equal(err.kind, ERR_INPUT); /* an empty view is no empty file */
    assert_int_equal(input_read(in, room, sizeof room, &err), -1);
    input_close(in);
}

static void stops_a_bomb(void **state)
{
    struct err err = {0};
    struct buf packed = {0};
    ssize_t end;

    (void)state;
    temp_pack(&packed, "gzip", buf_str(&content));
    struct input *in = open_bytes("bomb", buf_str(&packed));
    input_limit(in, 100000);
    struct buf got = read_all(in, 30000, &end, &err);
    assert_int_equal(end, -1);
    assert_int_equal(got.n, 100000);
    assert_string_equal(err.text, "decompresses to more than 100000 bytes (limit)");
    buf_free(&got);

    input_limit(in, content.n); /* just enough */
    assert_true(input_rewind(in, &err));
    expect_all(in, 30000, buf_str(&content));
    input_close(in);
    buf_free(&packed);
}

static void peeks_without_taking(void **state)
{
    struct buf packed = {0};

    (void)state;
    temp_pack(&packed, "zstd", buf_str(&content));
    for (int k = 0; k < 2; k++) {
        struct err err = {0};
        char room[10];
        struct input *in = open_bytes("peek", k ? buf_str(&packed) : buf_str(&content));
        assert_true(str_eq(input_peek(in, 10, &err), str_to(buf_str(&content), 10)));
        assert_true(str_eq(input_peek(in, SIZE_MAX, &err), str_to(buf_str(&content), INPUT_PEEK_BYTES)));
        assert_int_equal(input_offset(in), 0);
        assert_int_equal(input_read(in, room, 10, &err), 10);
        assert_true(
            str_eq(input_peek(in, INPUT_PEEK_BYTES, &err), str_to(str_from(buf_str(&content), 10), INPUT_PEEK_BYTES)));
        assert_int_equal(input_offset(in), 10);
        expect_all(in, 1000, str_from(buf_str(&content), 10));
        input_close(in);
    }
    buf_free(&packed);
}

static void moves_about(void **state)
{
    struct buf packed = {0};

    (void)state;
    temp_pack(&packed, "gzip", buf_str(&content));
    for (int k = 0; k < 2; k++) {
        struct err err = {0};
        struct input *in = open_bytes("move", k ? buf_str(&packed) : buf_str(&content));
        char tail[100];
        size_t n;
        assert_true(input_skip_to(in, 200000, &err));
        assert_int_equal(input_offset(in), 200000);
        assert_true(str_eq(input_peek(in, 50, &err), str_to(str_from(buf_str(&content), 200000), 50)));
        assert_true(input_skip_to(in, 77, &err)); /* back */
        expect_all(in, 65536, str_from(buf_str(&content), 77));
        assert_true(input_tail(in, tail, sizeof tail, &n, &err));
        assert_true(str_eq((str){tail, n}, str_from(buf_str(&content), content.n - 100)));
        assert_int_equal(input_offset(in), 0);
        expect_all(in, 65536, buf_str(&content));
        assert_false(input_skip_to(in, content.n + 1, &err));
        assert_int_equal(err.kind, ERR_INPUT);
        input_close(in);
    }
    struct err err = {0};
    char tail[100];
    size_t n;
    struct input *in = open_bytes("short", STR("few\n"));
    assert_true(input_tail(in, tail, sizeof tail, &n, &err));
    assert_true(str_eq((str){tail, n}, STR("few\n")));
    input_close(in);
    buf_free(&packed);
}

static void reads_on_when_a_file_grows(void **state)
{
    struct err err = {0};
    char room[10];

    (void)state;
    struct input *in = open_bytes("grows", STR("one\n"));
    assert_int_equal(input_read(in, room, 10, &err), 4);
    assert_int_equal(input_read(in, room, 10, &err), 0);
    temp_append("grows", STR("two\n"));
    assert_int_equal(input_read(in, room, 10, &err), 4);
    assert_int_equal(input_offset(in), 8);
    input_close(in);
}

/* ---- pipes: a thread writes, packed or not */

struct writing {
    int fd;
    str bytes;
};

static void *write_pipe(void *self)
{
    const struct writing *w = self;

    for (str left = w->bytes; left.n > 0;) {
        const ssize_t n = write(w->fd, left.p, left.n < 3000 ? left.n : 3000);
        if (n <= 0)
            break;
        left = str_from(left, (size_t)n);
    }
    close(w->fd);
    return NULL;
}

static struct input *open_pipe(struct writing *w, pthread_t *thread, int *reading, str bytes)
{
    struct err err = {0};
    char path[32];
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    *reading = fds[0];
    *w = (struct writing){fds[1], bytes};
    pthread_create(thread, NULL, write_pipe, w);
    snprintf(path, sizeof path, "/dev/fd/%d", fds[0]);
    struct input *in = input_open(path, false, &err);
    assert_non_null(in);
    assert_int_equal(input_size(in), -1);
    assert_true(input_modified_us(in) == CLOCK_NONE);
    return in;
}

static void close_pipe(struct input *in, pthread_t thread, int reading)
{
    input_close(in);
    close(reading);
    pthread_join(thread, NULL);
}

static void reads_pipes(void **state)
{
    (void)state;
    for (size_t i = 0; i <= FILTERS; i++) {
        struct buf packed = {0};
        struct writing w;
        struct err err = {0};
        pthread_t thread;
        int reading;
        if (i < FILTERS)
            temp_pack(&packed, filters[i], buf_str(&content));
        else
            buf_add(&packed, buf_str(&content));

        struct input *in = open_pipe(&w, &thread, &reading, buf_str(&packed));
        assert_int_equal(input_peek(in, 1000, &err).n, 1000);
        expect_all(in, 7000, buf_str(&content));
        assert_false(input_rewind(in, &err)); /* read is read */
        close_pipe(in, thread, reading);

        in = open_pipe(&w, &thread, &reading, buf_str(&packed));
        assert_int_equal(input_peek(in, 1000, &err).n, 1000);
        assert_true(input_rewind(in, &err)); /* a look is not a read */
        expect_all(in, 7000, buf_str(&content));
        close_pipe(in, thread, reading);
        buf_free(&packed);
    }
}

static void rewinds_a_spooled_pipe(void **state)
{
    (void)state;
    for (size_t i = 0; i <= FILTERS; i++) {
        struct buf packed = {0};
        struct writing w;
        struct err err = {0};
        pthread_t thread;
        int reading;
        char tail[1000];
        size_t n;
        if (i < FILTERS)
            temp_pack(&packed, filters[i], buf_str(&content));
        else
            buf_add(&packed, buf_str(&content));
        struct input *in = open_pipe(&w, &thread, &reading, buf_str(&packed));
        assert_true(input_peek(in, 65536, &err).n > 0);
        assert_true(input_spool(in, &err));
        assert_true(input_skip_to(in, 100000, &err));
        assert_true(input_rewind(in, &err));
        assert_true(str_eq(input_peek(in, 100, &err), str_to(buf_str(&content), 100)));
        assert_true(input_skip_to(in, 150000, &err)); /* further than before */
        assert_true(input_skip_to(in, 99, &err));     /* and back */
        assert_true(input_tail(in, tail, sizeof tail, &n, &err));
        assert_true(str_eq((str){tail, n}, str_from(buf_str(&content), content.n - 1000)));
        input_unspool(in);
        expect_all(in, 7000, buf_str(&content)); /* what was kept is still read once */
        assert_false(input_rewind(in, &err));
        close_pipe(in, thread, reading);
        buf_free(&packed);
    }
}

/* Kept before the first look, with the look's own bytes. */
static void spools_from_the_first_byte(void **state)
{
    struct buf packed = {0};

    (void)state;
    temp_pack(&packed, "zstd", buf_str(&content));
    for (int k = 0; k < 2; k++) {
        struct writing w;
        struct err err = {0};
        pthread_t thread;
        int reading;
        struct input *in = open_pipe(&w, &thread, &reading, k ? buf_str(&packed) : buf_str(&content));
        assert_true(input_spool(in, &err));
        assert_true(input_skip_to(in, 1000, &err));
        assert_int_equal(input_is_compressed(in), k);
        assert_true(input_rewind(in, &err));
        expect_all(in, 7000, buf_str(&content));
        assert_true(input_rewind(in, &err));
        input_unspool(in);
        expect_all(in, 9000, buf_str(&content));
        close_pipe(in, thread, reading);
    }
    buf_free(&packed);
}

static void refuses_to_spool_late(void **state)
{
    struct writing w;
    struct err err = {0};
    pthread_t thread;
    int reading;
    char room[10];

    (void)state;
    struct input *in = open_pipe(&w, &thread, &reading, STR("some bytes and more\n"));
    assert_int_equal(input_read(in, room, 10, &err), 10);
    assert_false(input_spool(in, &err));
    assert_int_equal(err.kind, ERR_IO);
    close_pipe(in, thread, reading);
}

/* "tail -f log | rebound ingest -": a look must not wait for 64 KiB that may take hours to come. */
static void does_not_wait_for_more_than_a_line(void **state)
{
    struct err err = {0};
    int fds[2];

    (void)state;
    struct input *in = input_open(temp_pipe(fds, STR("only one line so far\n")), false, &err);
    assert_int_equal(input_peek(in, INPUT_PEEK_BYTES, &err).n, 21);
    input_close(in);
    close(fds[0]);
    close(fds[1]);
}

static void waits_for_a_pipe_that_does_not(void **state)
{
    struct writing w;
    struct err err = {0};
    pthread_t thread;
    int fds[2];

    (void)state;
    assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
    fcntl(fds[1], F_SETFL, 0);
    const int kept = dup(STDIN_FILENO);
    dup2(fds[0], STDIN_FILENO); /* a shared description: its O_NONBLOCK came with it */
    close(fds[0]);
    w = (struct writing){fds[1], buf_str(&content)};
    pthread_create(&thread, NULL, write_pipe, &w);
    struct input *in = input_open("-", false, &err);
    assert_non_null(in);
    assert_true(input_is_stdin(in));
    input_close(in); /* opened again, it still begins at its beginning */
    in = input_open("-", false, &err);
    expect_all(in, 50000, buf_str(&content));
    input_close(in);
    pthread_join(thread, NULL);
    dup2(kept, STDIN_FILENO);
    close(kept);
}

static void reads_a_named_fifo(void **state)
{
    struct err err = {0};
    pthread_t thread;

    (void)state;
    assert_int_equal(mkfifo(temp_path("fifo"), 0600), 0);
    const int keep = open(temp_path("fifo"), O_RDWR);
    struct writing w = {open(temp_path("fifo"), O_WRONLY), buf_str(&content)};
    pthread_create(&thread, NULL, write_pipe, &w);
    struct input *in = input_open(temp_path("fifo"), false, &err);
    assert_non_null(in);
    assert_false(input_is_file(in));
    input_close(in); /* as a plan does that looks at all inputs first: its writer must not notice */
    in = input_open(temp_path("fifo"), false, &err);
    assert_true(input_peek(in, 100, &err).n > 0);
    close(keep);
    expect_all(in, 8000, buf_str(&content));
    input_close(in);
    pthread_join(thread, NULL);
}

static void refuses_what_is_no_stream(void **state)
{
    struct err err = {0};
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)state;
    assert_null(input_open(temp_path("missing"), false, &err));
    assert_string_equal(err.text, "No such file or directory");
    assert_null(input_open(temp_path(""), false, &err));
    assert_non_null(strstr(err.text, "a folder"));
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", temp_path("socket"));
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_null(input_open(temp_path("socket"), false, &err));
    assert_non_null(strstr(err.text, "a socket"));
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unpacks_by_content),
        cmocka_unit_test(joins_concatenated_streams),
        cmocka_unit_test(unpacks_twice),
        cmocka_unit_test(reads_empty_ones),
        cmocka_unit_test(leaves_look_alikes_alone),
        cmocka_unit_test(hands_out_all_of_a_truncated_one),
        cmocka_unit_test(gets_the_last_lines_of_a_truncated_gz),
        cmocka_unit_test(names_a_damaged_one),
        cmocka_unit_test(says_when_even_the_header_is_torn),
        cmocka_unit_test(stops_a_bomb),
        cmocka_unit_test(peeks_without_taking),
        cmocka_unit_test(moves_about),
        cmocka_unit_test(reads_on_when_a_file_grows),
        cmocka_unit_test(reads_pipes),
        cmocka_unit_test(rewinds_a_spooled_pipe),
        cmocka_unit_test(spools_from_the_first_byte),
        cmocka_unit_test(refuses_to_spool_late),
        cmocka_unit_test(does_not_wait_for_more_than_a_line),
        cmocka_unit_test(waits_for_a_pipe_that_does_not),
        cmocka_unit_test(reads_a_named_fifo),
        cmocka_unit_test(refuses_what_is_no_stream),
    };
    return cmocka_run_group_tests(tests, make_content, drop_content);
}

/* The list in memory: kept in a file, whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/address.h"
#include "serve/lookup.h"

static char folder[] = "/tmp/rebound-lookup-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/list", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

enum { MANY = 1000, SEED = 7 };

static str name_of(char *room, size_t size, int number)
{
    return (str){room, (size_t)snprintf(room, size, "r%d@example.org", number)};
}

static struct lookup *made(int count)
{
    struct lookup *l = lookup_new(9, 1700000000000000, SEED);
    uint64_t keys[MANY];
    char room[32];

    for (int i = 0; i < count; i++)
        keys[i] = address_hash(name_of(room, sizeof room, i), SEED);
    qsort(keys, (size_t)count, sizeof *keys, by_number);
    for (int i = 0; i < count; i++)
        assert_true(lookup_add(l, keys[i], STR("mailbox_full"), STR("recipient")));
    return l;
}

static void finds_all(const struct lookup *l, int count)
{
    char room[32];

    assert_int_equal(lookup_count(l), count);
    for (int i = 0; i < count; i++)
        assert_true(str_eq(lookup_find(l, name_of(room, sizeof room, i)), STR("5.7.1 rebound-suppressed/mailbox_full")));
    for (int i = count; i < count + 100; i++)
        assert_int_equal(lookup_find(l, name_of(room, sizeof room, i)).n, 0);
}

static void keeps_order(void **state)
{
    struct lookup *l = lookup_new(1, 1, SEED);

    (void)state;
    assert_true(lookup_add(l, 5, STR("a"), STR("")));
    assert_false(lookup_add(l, 5, STR("a"), STR("")));
    assert_false(lookup_add(l, 4, STR("a"), STR("")));
    assert_true(lookup_add(l, UINT64_C(1) << 63, STR("a"), STR("")));
    assert_int_equal(lookup_count(l), 2);
    lookup_free(l);
}

static void comes_back_from_its_file(void **state)
{
    static const int counts[] = {0, 1, 2, MANY, 3}; /* the last one is shorter than the one it replaces */
    struct err err = {0};
    struct stat st;

    (void)state;
    assert_null(lookup_load(path, &err));
    assert_int_equal(err.kind, ERR_NONE); /* no file yet */
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct lookup *l = made(counts[i]);
        assert_true(lookup_save(l, path, &err));
        lookup_free(l);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        l = lookup_load(path, &err);
        assert_non_null(l);
        assert_int_equal(lookup_generation(l), 9);
        assert_int_equal(lookup_made_us(l), 1700000000000000);
        finds_all(l, counts[i]);
        lookup_free(l);
    }
}

static void put_byte(off_t at, char c)
{
    const int fd = open(path, O_WRONLY);

    assert_int_equal(pwrite(fd, &c, 1, at), 1);
    close(fd);
}

/* Every byte counts, and so does the end. */
static void damage_is_seen(void **state)
{
    struct lookup *l = made(20);
    struct err err = {0};
    struct stat st;

    (void)state;
    assert_true(lookup_save(l, path, &err));
    assert_int_equal(stat(path, &st), 0);
    for (off_t at = 0; at < st.st_size; at++) {
        assert_true(lookup_save(l, path, &err));
        const int fd = open(path, O_RDONLY);
        char c;
        assert_int_equal(pread(fd, &c, 1, at), 1);
        close(fd);
        put_byte(at, (char)(c ^ 0x20));
        assert_null(lookup_load(path, &err));
        assert_int_equal(err.kind, ERR_INPUT);
    }
    assert_true(lookup_save(l, path, &err));
    for (off_t size = st.st_size - 1; size > 0; size--) {
        assert_int_equal(truncate(path, size), 0);
        assert_null(lookup_load(path, &err));
    }
    lookup_free(l);
}

static void many_reasons_share_one(void **state)
{
    struct lookup *l = lookup_new(1, 1, SEED);
    char reason[32];
    struct err err = {0};

    (void)state;
    for (int i = 0; i < 1000; i++) {
        const int n = snprintf(reason, sizeof reason, "reason%d", i);
        assert_true(lookup_add(l, (uint64_t)i + 1, (str){reason, (size_t)n}, STR("")));
    }
    assert_true(lookup_save(l, path, &err));
    lookup_free(l);
    l = lookup_load(path, &err);
    assert_non_null(l);
    assert_int_equal(lookup_count(l), 1000);
    lookup_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order),
        cmocka_unit_test(comes_back_from_its_file),
        cmocka_unit_test(damage_is_seen),
        cmocka_unit_test(many_reasons_share_one),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

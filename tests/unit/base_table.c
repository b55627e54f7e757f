/* The hash table against a plain array that knows the truth, for keys of whole words and for others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/table.h"

enum { KEYS = 700, STEPS = 40000, KEY_MOST = 72 };

/* Keys that differ in one place only, as days, hours and flags do. */
static const void *key_of(unsigned number, size_t size, unsigned char key[KEY_MOST])
{
    memset(key, 0, KEY_MOST);
    memcpy(key + (size >= 4 ? size - 4 : 0), &number, size >= 4 ? 4 : size);
    return key;
}

static void follow_the_truth(size_t key_size)
{
    unsigned truth[KEYS] = {0}, count = 0, dice = 1; /* 0: not there */
    unsigned char key[KEY_MOST];
    struct table table;

    table_init(&table, key_size, sizeof(unsigned));
    for (unsigned step = 1; step <= STEPS; step++) {
        dice = dice * 1103515245 + 12345;
        const unsigned which = dice / 65536 % KEYS;
        const void *k = key_of(which, key_size, key);
        bool added;
        if (dice >> 30 == 0) {
            assert_int_equal(table_remove(&table, k), truth[which] != 0);
            count -= truth[which] != 0;
            truth[which] = 0;
        } else {
            unsigned *value = table_add(&table, k, &added);
            assert_int_equal(*value, truth[which]);
            assert_int_equal(added, truth[which] == 0);
            count += added;
            *value = truth[which] = step;
        }
        assert_int_equal(table.count, count);
    }
    for (unsigned i = 0; i < KEYS; i++) {
        const unsigned *value = table_find(&table, key_of(i, key_size, key));
        assert_int_equal(value ? *value : 0, truth[i]);
    }
    table_free(&table);
}

static void keys_of_every_width(void **state)
{
    static const size_t sizes[] = {2, 4, 8, 12, 16, 24, 56, 64, 72};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        follow_the_truth(sizes[i]);
}

static void small_numbers_do_not_crowd(void **state)
{
    struct table table;

    (void)state;
    table_init(&table, sizeof(uint64_t), 0);
    for (uint64_t i = 0; i < 100000; i++) { /* multiples of an hour, as roll-ups have them */
        const uint64_t key = i * 3600000000u;
        table_add(&table, &key, NULL);
    }
    assert_int_equal(table.count, 100000);
    for (uint64_t i = 0; i < 100000; i++) {
        const uint64_t key = i * 3600000000u, other = key + 1;
        assert_non_null(table_find(&table, &key));
        assert_null(table_find(&table, &other));
    }
    table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_every_width),
        cmocka_unit_test(small_numbers_do_not_crowd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Recipients of one message: found, kept in order and dropped alike, whether a walk or the table finds them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "correlate/recipients.h"

static struct open_recipient one(uint64_t n)
{
    return (struct open_recipient){.recipient_hash = n % 7, .original_hash = n, .attempts = (int32_t)n};
}

static void add(struct recipients *all, uint64_t count)
{
    for (uint64_t n = 1; n <= count; n++) {
        const struct open_recipient open = one(n);
        recipient_keep_texts(recipients_add(all, &open), STR("ann@example.org"), STR("452 later"));
    }
}

static void drop(struct recipients *all, uint64_t n)
{
    recipients_drop(all, recipients_find(all, n % 7, n));
}

static void keeps(void **state)
{
    static const uint64_t counts[] = {1, 2, 3, RECIPIENTS_LISTED - 1, RECIPIENTS_LISTED, RECIPIENTS_LISTED + 1, 1000};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct recipients all = {0};
        add(&all, counts[i]);
        assert_int_equal(all.count, counts[i]);
        for (uint64_t n = 1; n <= counts[i]; n++) {
            assert_int_equal(recipients_find(&all, n % 7, n)->open.attempts, n);
            assert_null(recipients_find(&all, n % 7, n + counts[i]));
            assert_null(recipients_find(&all, n % 7 + 1, n));
        }
        recipients_clear(&all);
        assert_null(recipients_find(&all, 1, 1));
        assert_int_equal(all.count, 0);
    }
}

static void drops_in_order(void **state)
{
    struct recipients all = {0};
    uint64_t n = 1;

    (void)state;
    add(&all, 100);
    drop(&all, 1);
    drop(&all, 50);
    drop(&all, 100);
    assert_null(recipients_find(&all, 1, 1));
    assert_null(recipients_find(&all, 50 % 7, 50));
    for (const struct recipient *r = all.first; r; r = r->next) {
        n += n == 49 ? 2 : 1;
        assert_int_equal(r->open.original_hash, n);
    }
    assert_int_equal(n, 99);
    add(&all, 1); /* one that was dropped comes back, at the end */
    assert_int_equal(all.last->open.original_hash, 1);
    assert_ptr_equal(recipients_find(&all, 1, 1), all.last);
    recipients_clear(&all);
}

static void first_of_two(void **state)
{
    struct recipients all = {0};

    (void)state;
    add(&all, 40);
    add(&all, 40);
    assert_int_equal(all.count, 80);
    assert_ptr_equal(recipients_find(&all, 3, 3)->before, recipients_find(&all, 2, 2));
    recipients_clear(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keeps), cmocka_unit_test(drops_in_order),
                                       cmocka_unit_test(first_of_two)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a TLS line says of the deliveries that follow: by process, by host, for ten minutes, over a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "correlate/tls.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

enum { NODE = 1, HOST = 10, OTHER_HOST = 11, PID = 100, OTHER_PID = 101 };

static const struct {
    const char *name;
    uint64_t node_id, host;
    uint32_t pid;
    int at_s;
    enum tls_grade want;
} asked[] = {
    {"the same process",                     NODE, HOST,       PID,       1,   TLS_TRUSTED  },
    {"its own line wins over a later one",   NODE, HOST,       PID,       50,  TLS_TRUSTED  },
    {"another process, from the cache",      NODE, HOST,       OTHER_PID, 50,  TLS_ANONYMOUS},
    {"a third one gets what was last said",  NODE, HOST,       102,       50,  TLS_ANONYMOUS},
    {"nine minutes and a bit later",         NODE, HOST,       PID,       600, TLS_TRUSTED  },
    {"ten minutes are over",                 NODE, HOST,       103,       641, TLS_NONE     },
    {"a host without TLS, on a node with it", NODE, OTHER_HOST, PID,      1,   TLS_NONE     },
    {"a node that never logged TLS",         2,    HOST,       PID,       1,   TLS_UNKNOWN  },
    {"no host, no connection",               NODE, 0,          PID,       1,   TLS_UNKNOWN  },
};

static int64_t at(int seconds)
{
    return (INT64_C(1772442000) + seconds) * CLOCK_SECOND;
}

static struct tls_memory *told(void)
{
    struct tls_memory *m = tls_memory_new();

    tls_memory_add(m, NODE, PID, HOST, TLS_TRUSTED, at(0));
    tls_memory_add(m, NODE, OTHER_PID, HOST, TLS_ANONYMOUS, at(40));
    return m;
}

static void check(const struct tls_memory *m)
{
    for (size_t i = 0; i < COUNT(asked); i++)
        if (tls_memory_grade(m, asked[i].node_id, asked[i].pid, asked[i].host, at(asked[i].at_s)) != asked[i].want)
            fail_msg("%s", asked[i].name);
}

static void answers(void **state)
{
    struct tls_memory *m = told();

    (void)state;
    check(m);
    tls_memory_clear(m);
    assert_int_equal(tls_memory_grade(m, NODE, PID, HOST, at(1)), TLS_UNKNOWN);
    tls_memory_free(m);
}

static void comes_back_as_it_was(void **state)
{
    struct tls_memory *m = told(), *again = tls_memory_new();
    struct buf packed = {0}, packed_again = {0};

    (void)state;
    tls_memory_add(m, 2, PID, HOST, TLS_VERIFIED, at(0)); /* another node's stays out */
    tls_memory_pack(m, NODE, at(60), &packed);
    tls_memory_unpack(again, NODE, buf_str(&packed));
    check(again);
    tls_memory_pack(again, NODE, at(60), &packed_again);
    assert_true(str_eq(buf_str(&packed), buf_str(&packed_again)));
    buf_clear(&packed_again);
    tls_memory_pack(m, NODE, at(3600), &packed_again); /* only that the node logs TLS is left */
    assert_true(packed_again.n > 0 && packed_again.n < packed.n);
    buf_free(&packed);
    buf_free(&packed_again);
    tls_memory_free(m);
    tls_memory_free(again);
}

static void does_not_grow_without_end(void **state)
{
    struct tls_memory *m = tls_memory_new();
    struct buf packed = {0};

    (void)state;
    for (int i = 0; i < 200000; i++)
        tls_memory_add(m, NODE, (uint32_t)i, (uint64_t)i + 1, TLS_TRUSTED, at(i));
    tls_memory_pack(m, NODE, at(199999), &packed);
    assert_in_range(packed.n / (5 * sizeof(uint64_t)), 1, 1203); /* two keys a line of the last 600 s, one for the node */
    buf_free(&packed);
    tls_memory_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(comes_back_as_it_was),
        cmocka_unit_test(does_not_grow_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

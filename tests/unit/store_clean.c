/* What a text column takes: NUL, controls and broken UTF-8 become U+FFFD, everything else stays byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/db.h"

#define BAD "\xef\xbf\xbd"

static const struct {
    str input;
    str want;
} cases[] = {
    {STR(""), STR("")},
    {STR("550 5.1.1 User unknown"), STR("550 5.1.1 User unknown")},
    {STR("a\tb\nc"), STR("a\tb\nc")},
    {STR("a\0b"), STR("a" BAD "b")},
    {STR("a\rb\x1b[31m\x7f"), STR("a" BAD "b" BAD "[31m" BAD)},
    {STR("Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x93\xa7"), STR("Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x93\xa7")},
    {STR("Z\xfcrich"), STR("Z" BAD "rich")},                 /* Latin-1 */
    {STR("\xc0\xaf"), STR(BAD BAD)},                          /* overlong "/" */
    {STR("\xe0\x80\xaf"), STR(BAD BAD BAD)},                  /* overlong, three bytes */
    {STR("\xed\xa0\x80"), STR(BAD BAD BAD)},                  /* a surrogate */
    {STR("\xed\x9f\xbf\xee\x80\x80"), STR("\xed\x9f\xbf\xee\x80\x80")},
    {STR("\xf4\x90\x80\x80"), STR(BAD BAD BAD BAD)},          /* beyond U+10FFFF */
    {STR("\xf4\x8f\xbf\xbf"), STR("\xf4\x8f\xbf\xbf")},
    {STR("cut \xe2\x82"), STR("cut " BAD BAD)},               /* ends inside a character */
    {STR("\xc2\x85" "x\xc2\xa0"), STR(BAD "x\xc2\xa0")},      /* NEL is a control, the hard blank is not */
};

static void cleans_what_postgresql_refuses(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const str got = db_clean(cases[i].input, arena);
        assert_int_equal(got.n, cases[i].want.n);
        assert_memory_equal(got.p, cases[i].want.p, got.n);
    }
    arena_free(arena);
}

static void copies_nothing_that_is_clean(void **state)
{
    struct arena *arena = arena_new();
    const str clean = STR("host mx.example.org said: 250 ok");

    (void)state;
    assert_ptr_equal(db_clean(clean, arena).p, clean.p);
    assert_int_equal(arena_bytes(arena), 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cleans_what_postgresql_refuses),
        cmocka_unit_test(copies_nothing_that_is_clean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

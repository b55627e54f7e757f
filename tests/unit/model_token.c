/* Tokens in bounce addresses: who can make one, for whom it speaks, until when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/clock.h"
#include "model/token.h"

static const struct token_keys ours = {{{"a secret of sixteen", 19}, {"an older secret of ours", 23}}, 2};
static const struct token_keys changed = {{{"the key of next month", 21}, {"a secret of sixteen", 19}}, 2};
static const struct token_keys theirs = {{{"somebody else's secret", 22}}, 1};
#define NOW (clock_days(2026, 3, 3) * CLOCK_DAY + 9 * CLOCK_HOUR)

static void speaks_for_its_recipient(void **state)
{
    static const struct {
        const char *recipient;
        bool named; /* by the address itself */
    } cases[] = {
        {"ann@example.org", true},
        {"o'brien+tag=x@example.org", true},
        {"Ann@Example.ORG", true},
        {"a-local-part-that-leaves-no-room-for-more@a-rather-long-domain.example", false},
    };
    struct arena *arena = arena_new();
    str proven;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const str who = str_of(cases[i].recipient);
        const str address = token_make(&ours, STR("bounces@brand.example"), who, NOW, arena);
        assert_true(str_find_char(address, '@') <= 64);
        assert_int_equal(token_read(&ours, address, who, NOW, arena, &proven), TOKEN_GOOD);
        assert_true(str_eq_nocase(proven, who));
        assert_int_equal(token_read(&ours, address, STR(""), NOW, arena, &proven),
                         cases[i].named ? TOKEN_GOOD : TOKEN_FORGED);
    }
    arena_free(arena);
}

static void ends_and_cannot_be_forged(void **state)
{
    struct arena *arena = arena_new();
    const str address = token_make(&ours, STR("bounces@brand.example"), STR("ann@example.org"), NOW, arena);
    str proven;

    (void)state;
    assert_int_equal(token_read(&ours, address, STR(""), NOW + 14 * CLOCK_DAY, arena, &proven), TOKEN_GOOD);
    assert_int_equal(token_read(&ours, address, STR(""), NOW + 15 * CLOCK_DAY, arena, &proven), TOKEN_EXPIRED);
    assert_int_equal(token_read(&changed, address, STR(""), NOW, arena, &proven), TOKEN_GOOD);
    assert_int_equal(token_read(&theirs, address, STR(""), NOW, arena, &proven), TOKEN_NONE);

    const size_t at = str_find(address, STR("=ann="));
    const str other = arena_printf(arena, "%.*s=bob=example.org@brand.example", (int)at, address.p);
    assert_int_equal(token_read(&ours, other, STR(""), NOW, arena, &proven), TOKEN_FORGED);
    const str elsewhere = arena_printf(arena, "%.*s@another.example", (int)str_find_char(address, '@'), address.p);
    assert_int_equal(token_read(&ours, elsewhere, STR(""), NOW, arena, &proven), TOKEN_FORGED);
    assert_int_equal(token_read(&ours, STR("bounces@brand.example"), STR(""), NOW, arena, &proven), TOKEN_NONE);
    assert_int_equal(token_read(&ours, STR("bounces+list=x=y.example@brand.example"), STR(""), NOW, arena, &proven),
                     TOKEN_NONE);
    assert_null(token_make(&(struct token_keys){0}, STR("b@c.example"), STR("d@e.example"), NOW, arena).p);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(speaks_for_its_recipient),
        cmocka_unit_test(ends_and_cannot_be_forged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

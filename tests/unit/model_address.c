/* address: one person, one key, however the address was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base_text.h"
#include "model/address.h"

static const struct {
    const char *input, *clean; /* NULL: no address */
} cases[] = {
    {"Ann@Example.ORG", "ann@example.org"},
    {"<ann@example.org>", "ann@example.org"},
    {"Ann Example <ann@example.org>", "ann@example.org"},
    {"rfc822; <ann@example.org>", "ann@example.org"},
    {"RFC822;ann@example.org", "ann@example.org"},
    {"utf-8; j\xc3\xb6rg@example.org", "j\xc3\xb6rg@example.org"},
    {" ann@example.org. ", "ann@example.org"},
    {"'ann@example.org'", "ann@example.org"},
    {"\"ann b\"@example.org", "\"ann b\"@example.org"},
    {"\"a@b\"@example.org", "\"a@b\"@example.org"},
    {"\"a<b\"@example.org", "\"a<b\"@example.org"},
    {"\"Ann B\" <ann@example.org>", "ann@example.org"},
    {"@relay.example,@two.example:ann@example.org", "ann@example.org"},
    {"\"x\"@ex ample.org", NULL},
    {"\"x\" y@example.org", NULL},
    {"ann@example.org>", NULL},
    {"ann+tag@example.org", "ann+tag@example.org"},
    {"a.n.n@gmail.com", "a.n.n@gmail.com"},
    {"", NULL},
    {"<>", NULL},
    {"ann", NULL},
    {"@example.org", NULL},
    {"ann@", NULL},
    {"ann@.", NULL},
    {"ann b@example.org", NULL},
    {"ann@exa\nmple.org", NULL},
    {"ann@example.org\x7f", NULL},
};

static void cleans(void **state)
{
    struct arena *arena = arena_new();
    (void)state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const str got = address_clean(str_of(cases[i].input), arena);

        if ((got.n > 0) != (cases[i].clean != NULL))
            fail_msg("%s: %.*s", cases[i].input, STR_ARG(got));
        if (cases[i].clean)
            assert_str(got, cases[i].clean);
    }
    arena_free(arena);
}

static void is_bounded(void **state)
{
    struct arena *arena = arena_new();
    char text[400];
    (void)state;

    memset(text, 'a', sizeof text);
    text[100] = '@';
    assert_int_equal(address_clean((str){text, 320}, arena).n, 320);
    assert_int_equal(address_clean((str){text, 321}, arena).n, 0);
    arena_free(arena);
}

static void has_two_halves(void **state)
{
    (void)state;
    assert_str(address_domain(STR("ann@example.org")), "example.org");
    assert_str(address_local(STR("ann@example.org")), "ann");
    assert_str(address_domain(STR("\"a@b\"@example.org")), "example.org");
    assert_str(address_domain(STR("ann")), "");
    assert_str(address_local(STR("ann")), "ann");
}

static void has_one_key(void **state)
{
    const uint64_t key = address_hash(STR("ann@example.org"), 42);
    (void)state;

    assert_true(address_hash(STR("Ann@EXAMPLE.org."), 42) == key);
    assert_true(address_hash(STR("ann@example.org"), 43) != key);
    assert_true(address_hash(STR("ann+x@example.org"), 42) != key);
    assert_true(address_domain_hash(STR("Example.org."), 42) == address_hash(STR("@example.org"), 42));
    assert_true(address_hash(STR(""), 42) == address_hash(STR(""), 42));
}

static void knows_a_message_by_its_id(void **state)
{
    const uint64_t key = message_id_hash(STR("<x.1@example.org>"));
    (void)state;

    assert_true(key != 0);
    assert_true(message_id_hash(STR(" <x.1@example.org> ")) == key);
    assert_true(message_id_hash(STR("x.1@example.org")) == key);
    assert_true(message_id_hash(STR("<X.1@example.org>")) != key);
    assert_true(message_id_hash(STR("<>")) == 0 && message_id_hash(STR("  ")) == 0);
}

/* Last: a key is said once and holds for the rest of the program. */
static void has_another_key_with_a_secret(void **state)
{
    const uint64_t open = address_hash(STR("ann@example.org"), 42);
    (void)state;

    assert_false(address_is_keyed());
    address_use_key(STR("sixteen bytes or more"));
    const uint64_t keyed = address_hash(STR("ann@example.org"), 42), mark = address_key_mark();
    assert_true(address_is_keyed() && keyed != open);
    assert_true(address_hash(STR("Ann@EXAMPLE.org."), 7) == keyed); /* the seed has no say */
    assert_true(address_domain_hash(STR("Example.org."), 42) == address_hash(STR("@example.org"), 42));
    address_use_key(STR("another sixteen bytes"));
    assert_true(address_hash(STR("ann@example.org"), 42) != keyed && address_key_mark() != mark);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cleans),
        cmocka_unit_test(is_bounded),
        cmocka_unit_test(has_two_halves),
        cmocka_unit_test(has_one_key),
        cmocka_unit_test(knows_a_message_by_its_id),
        cmocka_unit_test(has_another_key_with_a_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

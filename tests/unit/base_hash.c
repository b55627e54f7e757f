/* hash and keyed: what is written to the database and into tokens must never change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/keyed.h"
#include "base_text.h"

/* XXH3 of xxHash 0.8 is fixed for ever: these are the ids in people's databases. */
static void ids_stay(void **state)
{
    (void)state;
    assert_true(hash64(STR(""), 0) == UINT64_C(0x2d06800538d394c2));
    assert_true(hash64(STR("abc"), 0) == UINT64_C(0x78af5f94892f3950));
    assert_true(hash64(STR("abc"), 1) != hash64(STR("abc"), 0));
    assert_true(hash128(STR("")).high == UINT64_C(0x99aa06d3014798d8) &&
                hash128(STR("")).low == UINT64_C(0x6001c324468d497f));
}

static void pairs_differ(void **state)
{
    (void)state;
    assert_true(hash64_more(hash64_more(0, STR("ab")), STR("c")) != hash64_more(hash64_more(0, STR("a")), STR("bc")));
    assert_true(hash64_int(1, 2) != hash64_int(2, 1));
}

static void a_stream_is_its_bytes(void **state)
{
    struct digest *digest = digest_new();
    (void)state;

    digest_add(digest, STR("mail "));
    const struct hash128 first = digest_value(digest);
    digest_add(digest, STR(""));
    digest_add(digest, STR("log"));
    const struct hash128 got = digest_value(digest), want = hash128(STR("mail log"));
    assert_true(got.high == want.high && got.low == want.low);
    digest_reset(digest);
    digest_add(digest, STR("mail "));
    assert_true(digest_value(digest).low == first.low);
    digest_free(digest);
    digest_free(NULL);
}

/* RFC 4231, test cases 1, 2 and 3. */
static const struct {
    str key, data;
    const char *hex;
} hmacs[] = {
    {STR("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"), STR("Hi There"),
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {STR("Jefe"), STR("what do ya want for nothing?"),
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
};

static void hmac_is_the_standard_one(void **state)
{
    char hex[KEYED_HEX];
    (void)state;

    for (size_t i = 0; i < COUNT(hmacs); i++) {
        const struct keyed value = keyed_hmac(hmacs[i].key, hmacs[i].data);
        assert_string_equal(keyed_hex(&value, KEYED_BYTES, hex), hmacs[i].hex);
    }
    const struct keyed sum = keyed_sha256(STR("abc")); /* FIPS 180-4 */
    assert_string_equal(keyed_hex(&sum, 4, hex), "ba7816bf");
    assert_true(keyed_u64(&sum) == UINT64_C(0xba7816bf8f01cfea));
}

static void parts_do_not_run_together(void **state)
{
    const str one[] = {STR("ab"), STR("c")}, two[] = {STR("a"), STR("bc")};
    const struct keyed a = keyed_hmac_parts(STR("k"), one, 2), b = keyed_hmac_parts(STR("k"), two, 2);
    (void)state;

    assert_memory_not_equal(a.bytes, b.bytes, KEYED_BYTES);
}

static void texts_of_a_hash(void **state)
{
    const struct keyed value = {.bytes = {'f', 'o', 'o', 'b', 'a', 'r'}};
    char text[KEYED_BASE32];
    (void)state;

    /* RFC 4648 10, lower case, without padding */
    assert_string_equal(keyed_base32(&value, 0, text), "");
    assert_string_equal(keyed_base32(&value, 1, text), "my");
    assert_string_equal(keyed_base32(&value, 4, text), "mzxw6yq");
    assert_string_equal(keyed_base32(&value, 5, text), "mzxw6ytb");
    assert_string_equal(keyed_base32(&value, 6, text), "mzxw6ytboi");
    assert_true(keyed_equal(STR("abc"), STR("abc")));
    assert_false(keyed_equal(STR("abc"), STR("abd")));
    assert_false(keyed_equal(STR("abc"), STR("ab")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_stay),
        cmocka_unit_test(pairs_differ),
        cmocka_unit_test(a_stream_is_its_bytes),
        cmocka_unit_test(hmac_is_the_standard_one),
        cmocka_unit_test(parts_do_not_run_together),
        cmocka_unit_test(texts_of_a_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

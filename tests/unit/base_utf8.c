/* utf8: the examples of RFC 3629 and Unicode 3.9, and what a terminal must not see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "base_text.h"

#define BAD "\xef\xbf\xbd"

static const struct {
    str text;
    bool valid;
    const char *clean, *shown;
} cases[] = {
    {STR(""), true, "", ""},
    {STR("plain text, longer than eight bytes"), true, "plain text, longer than eight bytes",
     "plain text, longer than eight bytes"},
    {STR("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), true, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
     "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
    {STR("caf\xe9"), false, "caf" BAD, "caf\\xe9"},
    {STR("\xc0\xaf"), false, BAD BAD, "\\xc0\\xaf"},                           /* overlong "/" */
    {STR("\xed\xa0\x80"), false, BAD BAD BAD, "\\xed\\xa0\\x80"},              /* a surrogate */
    {STR("\xf4\x90\x80\x80"), false, BAD BAD BAD BAD, "\\xf4\\x90\\x80\\x80"}, /* beyond U+10FFFF */
    {STR("\xe2\x82"), false, BAD, "\\xe2\\x82"},                               /* cut off */
    {STR("\xe2\x82x\xf0\x9f\x98"), false, BAD "x" BAD, "\\xe2\\x82x\\xf0\\x9f\\x98"},
    {STR("a\x1b[2Jb\x9bx"), false, "a\x1b[2Jb" BAD "x", "a\\x1b[2Jb\\x9bx"},
    {STR("\xc2\x9b"
         "2J"),
     true,
     "\xc2\x9b"
     "2J",
     "\\xc2\\x9b2J"}, /* CSI of C1 */
    {STR("\xe2\x80\xaegpj.exe"), true, "\xe2\x80\xaegpj.exe", "\\xe2\\x80\\xaegpj.exe"},
    {STR("\xe2\x80\xa8"), true, "\xe2\x80\xa8", "\\xe2\\x80\\xa8"},
};

static void tells_good_from_bad(void **state)
{
    struct buf buf = {0};
    (void)state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(utf8_valid(cases[i].text), cases[i].valid);
        buf_clear(&buf);
        utf8_clean(cases[i].text, &buf);
        assert_str(buf_str(&buf), cases[i].clean);
        assert_true(utf8_valid(buf_str(&buf)));
        buf_clear(&buf);
        utf8_show(cases[i].text, &buf);
        assert_str(buf_str(&buf), cases[i].shown);
    }
    buf_free(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tells_good_from_bad)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

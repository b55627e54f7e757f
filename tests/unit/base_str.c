/* str: views compare, are searched and taken apart; what is refused moves nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base_text.h"

static const struct {
    const char *text, *needle;
    size_t at, at_nocase;
} needles[] = {
    {"mailbox full", "full", 8, 8}, {"mailbox FULL", "full", STR_NONE, 8},
    {"full", "full", 0, 0},         {"ful", "full", STR_NONE, STR_NONE},
    {"", "x", STR_NONE, STR_NONE},  {"x", "", 0, 0},
    {"aaab", "aab", 1, 1},
};

static void finds_a_needle(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(needles); i++) {
        assert_int_equal(str_find(str_of(needles[i].text), str_of(needles[i].needle)), needles[i].at);
        assert_int_equal(str_find_nocase(str_of(needles[i].text), str_of(needles[i].needle)), needles[i].at_nocase);
    }
    assert_int_equal(str_find_char(STR("a@b@c"), '@'), 1);
    assert_int_equal(str_rfind_char(STR("a@b@c"), '@'), 3);
    assert_int_equal(str_rfind_char(STR(""), '@'), STR_NONE);
    assert_int_equal(str_find(((str){"a\0b", 3}), ((str){"\0b", 2})), 1);
}

static const struct {
    const char *a, *b;
    bool same, same_nocase, starts, ends;
    int order;
} pairs[] = {
    {"", "", true, true, true, true, 0},
    {"abc", "abc", true, true, true, true, 0},
    {"Abc", "aBC", false, true, true, true, -1},
    {"abcd", "abc", false, false, true, false, 1},
    {"xabc", "abc", false, false, false, true, 1},
    {"ab", "abc", false, false, false, false, -1},
    {"\xc4", "\xe4", false, false, false, false, -1}, /* only ASCII is folded */
};

static void compares(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        const str a = str_of(pairs[i].a), b = str_of(pairs[i].b);
        const int order = str_compare(a, b);

        assert_int_equal(str_eq(a, b), pairs[i].same);
        assert_int_equal(str_eq_nocase(a, b), pairs[i].same_nocase);
        assert_int_equal(str_starts_nocase(a, b), pairs[i].starts);
        assert_int_equal(str_ends_nocase(a, b), pairs[i].ends);
        assert_int_equal((order > 0) - (order < 0), pairs[i].order);
    }
    assert_true(str_eq((str){NULL, 0}, STR("")));
}

static void cuts_at_its_ends(void **state)
{
    (void)state;
    assert_str(str_from(STR("abc"), 1), "bc");
    assert_str(str_from(STR("abc"), 9), "");
    assert_str(str_to(STR("abc"), 2), "ab");
    assert_str(str_to(STR("abc"), STR_NONE), "abc");
    assert_str(str_trim(STR(" \t\r\n a b \v\f")), "a b");
    assert_str(str_trim(STR("  ")), "");
    assert_str(str_skip_blanks(STR(" \t\nx")), "\nx");
}

static const struct {
    const char *input;
    bool ok;
    uint64_t number;
    const char *rest;
} numbers[] = {
    {"0", true, 0, ""},
    {"007x", true, 7, "x"},
    {"18446744073709551615,", true, UINT64_MAX, ","},
    {"18446744073709551616", false, 0, "18446744073709551616"},
    {"-1", false, 0, "-1"},
    {"", false, 0, ""},
    {" 1", false, 0, " 1"},
};

static void takes_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        str rest = str_of(numbers[i].input);
        uint64_t number = 0;

        assert_int_equal(str_take_u64(&rest, &number), numbers[i].ok);
        assert_int_equal(number, numbers[i].number);
        assert_str(rest, numbers[i].rest);
    }
}

static void takes_pieces(void **state)
{
    str rest = STR("to=<a@b>, relay=mx  end"), piece;
    (void)state;

    assert_false(str_take(&rest, STR("TO=")));
    assert_true(str_take_nocase(&rest, STR("TO=")));
    assert_true(str_take_char(&rest, '<'));
    assert_false(str_take_char(&rest, '<'));
    assert_true(str_take_until(&rest, '>', &piece));
    assert_str(piece, "a@b");
    assert_false(str_take_until(&rest, '>', &piece));
    assert_str(rest, ", relay=mx  end");
    assert_true(str_take_until_text(&rest, STR("relay="), &piece));
    assert_str(piece, ", ");
    assert_true(str_take_word(&rest, &piece));
    assert_str(piece, "mx");
    assert_true(str_take_word(&rest, &piece));
    assert_str(piece, "end");
    assert_false(str_take_word(&rest, &piece));
}

static void takes_lines_and_fields(void **state)
{
    static const char *const lines[] = {"one", "", "two\rtwo", "last"};
    static const char *const fields[] = {"a", "", "b c", "d"};
    str rest = STR("one\n\r\ntwo\rtwo\r\nlast"), piece;
    (void)state;

    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_true(str_take_line(&rest, &piece));
        assert_str(piece, lines[i]);
    }
    assert_false(str_take_line(&rest, &piece));
    rest = STR("a,,b c,d,");
    for (size_t i = 0; i < COUNT(fields); i++) {
        assert_true(str_take_field(&rest, ',', &piece));
        assert_str(piece, fields[i]);
    }
    assert_false(str_take_field(&rest, ',', &piece));
}

static void lowers(void **state)
{
    static const char text[] = "@AZ[`az{\x80\xC1 Kim.GARCIA+News@Shop-00000.EXAMPLE.ORG";
    char to[sizeof text];

    (void)state;
    for (size_t n = 0; n < sizeof text; n++) { /* short and long, so that both ways of doing it are met */
        memset(to, '#', sizeof to);
        str_lower_into(to, (str){text, n});
        for (size_t i = 0; i < n; i++)
            assert_int_equal(to[i], str_lower_char(text[i]));
        assert_int_equal(to[n], '#');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lowers), cmocka_unit_test(finds_a_needle), cmocka_unit_test(compares),     cmocka_unit_test(cuts_at_its_ends),
        cmocka_unit_test(takes_numbers),  cmocka_unit_test(takes_pieces), cmocka_unit_test(takes_lines_and_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

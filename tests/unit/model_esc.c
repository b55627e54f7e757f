/* esc: what is an enhanced status code, and what only looks like one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base_text.h"
#include "model/esc.h"

static const struct {
    const char *input;
    bool ok;
    struct esc want;
    const char *rest;
} taken[] = {
    {"5.1.1 User unknown", true, {5, 1, 1}, "User unknown"},
    {"4.7.28\tlater", true, {4, 7, 28}, "later"},
    {"2.0.0", true, {2, 0, 0}, ""},
    {"5.1.1. User unknown", true, {5, 1, 1}, ". User unknown"},
    {"5.1.1; User", true, {5, 1, 1}, "; User"},
    {"5.1.1-User", true, {5, 1, 1}, "-User"},
    {"5.999.999", true, {5, 999, 999}, ""},
    {"5.1.1.1 is an address", false, {0}, "5.1.1.1 is an address"},
    {"5.1000.1", false, {0}, "5.1000.1"},
    {"3.1.1", false, {0}, "3.1.1"},
    {"55.1.1", false, {0}, "55.1.1"},
    {"5.1.1-2", false, {0}, "5.1.1-2"},
    {"5.1.1a", false, {0}, "5.1.1a"},
    {"5.1", false, {0}, "5.1"},
    {"5.1.", false, {0}, "5.1."},
    {"-5.1.1", false, {0}, "-5.1.1"},
    {"", false, {0}, ""},
};

static void takes_codes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(taken); i++) {
        str rest = str_of(taken[i].input);
        struct esc code = {0};

        if (esc_take(&rest, &code) != taken[i].ok || !esc_eq(code, taken[i].want))
            fail_msg("%s", taken[i].input);
        assert_str(rest, taken[i].rest);
    }
}

static const struct {
    const char *text, *code; /* "" none */
} found[] = {
    {"550 5.1.1 <ann@example.org> unknown", "5.1.1"},
    {"550-5.7.26 This mail", "5.7.26"},
    {"(#5.1.1)", "5.1.1"},
    {"smtp;550 5.2.2 full", "5.2.2"},
    {"host 10.5.1.1 said no", ""},
    {"version 2.5.1.1", ""},
    {"mx5.1.1.example.org", ""},
    {"ann@5.1.1", ""},
    {"client 4.4.4.4 blocked 5.7.1", "5.7.1"},
    {"nothing here", ""},
    {"5.1.", ""},
};

static void finds_codes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(found); i++) {
        char text[ESC_TEXT];
        struct esc code = {0};

        esc_find(str_of(found[i].text), &code);
        if (strcmp(esc_text(code, text), found[i].code) != 0)
            fail_msg("%s: %s", found[i].text, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(takes_codes), cmocka_unit_test(finds_codes)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

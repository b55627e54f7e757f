/* phase: the step of the dialogue, from the words logs and replies use for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base_text.h"
#include "model/phase.h"

static const struct {
    const char *verb;
    enum phase phase;
} verbs[] = {
    {"RCPT TO", PHASE_RCPT},     {"rcpt to:<ann@example.org>", PHASE_RCPT},
    {"MAIL FROM", PHASE_MAIL},   {"end of DATA", PHASE_BODY},
    {"DATA", PHASE_DATA},        {"BDAT", PHASE_BODY},
    {"EHLO", PHASE_HELO},        {"HELO", PHASE_HELO},
    {"LHLO", PHASE_HELO},        {"STARTTLS", PHASE_STARTTLS},
    {"AUTH LOGIN", PHASE_AUTH},  {"initial connection", PHASE_CONNECT},
    {"greeting", PHASE_CONNECT}, {"sending message body", PHASE_BODY},
    {"VRFY", PHASE_NONE},        {"", PHASE_NONE},
};

static void knows_the_verbs(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(verbs); i++)
        if (phase_of_verb(str_of(verbs[i].verb)) != verbs[i].phase)
            fail_msg("%s", verbs[i].verb);
}

static void names_read_back(void **state)
{
    enum phase phase = PHASE_COUNT;
    (void)state;

    for (int i = 0; i < PHASE_COUNT; i++) {
        assert_true(phase_of_name(str_of(phase_name((enum phase)i)), &phase));
        assert_int_equal(phase, i);
    }
    assert_false(phase_of_name(STR("RCPT"), &phase));
    assert_string_equal(phase_name(PHASE_COUNT), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(knows_the_verbs), cmocka_unit_test(names_read_back)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

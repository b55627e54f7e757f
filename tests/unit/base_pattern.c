/* pattern: what matches, what is refused with its offset, and what the limits stop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/pattern.h"

static const struct {
    const char *source;
    unsigned flags;
    const char *subject;
    enum pattern_answer answer;
    const char *group1; /* NULL: took no part */
} matches[] = {
    {"quota (exceeded|reached)", 0, "mailbox quota exceeded", PATTERN_YES, "exceeded"},
    {"quota (exceeded|reached)", 0, "Quota Exceeded", PATTERN_NO, NULL},
    {"quota (exceeded|reached)", PATTERN_CASELESS, "Quota Exceeded", PATTERN_YES, "Exceeded"},
    {"user(x)?", 0, "user", PATTERN_YES, NULL},
    {"user", PATTERN_ANCHORED, "no user", PATTERN_NO, NULL},
    {"^$", 0, "", PATTERN_YES, NULL},
    {"\xc3\x84rger", PATTERN_CASELESS | PATTERN_UTF, "\xc3\xa4rger", PATTERN_YES, NULL},
    {"voll", PATTERN_UTF, "\xff\xfe voll", PATTERN_YES, NULL},
    {"(a+)+$", 0, "aaaa", PATTERN_YES, "aaaa"},
};

static void finds_what_is_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
        struct err err = {0};
        struct pattern *p = pattern_new(str_of(matches[i].source), matches[i].flags, &err);
        str group;

        assert_non_null(p);
        assert_int_equal(pattern_match(p, str_of(matches[i].subject)), matches[i].answer);
        group = pattern_group(p, 1);
        if (matches[i].group1)
            assert_true(str_eq(group, str_of(matches[i].group1)));
        else
            assert_null(group.p);
        pattern_free(p);
    }
}

static void names_what_is_wrong_and_where(void **state)
{
    struct err err = {0};

    (void)state;
    assert_null(pattern_new(STR("(mailbox full"), 0, &err));
    assert_int_equal(err.kind, ERR_CONFIG);
    assert_string_equal(err.text, "missing closing parenthesis at offset 13");
}

static void stops_a_catastrophic_pattern(void **state)
{
    char subject[4096];
    struct err err = {0};
    struct pattern *p = pattern_new(STR("^(a+)+$"), 0, &err);
    int64_t before;

    (void)state;
    memset(subject, 'a', sizeof subject);
    subject[sizeof subject - 1] = '!';
    before = clock_monotonic_us();
    assert_int_equal(pattern_match(p, (str){subject, sizeof subject}), PATTERN_LIMIT);
    assert_true(clock_monotonic_us() - before < 1000 * 1000);
    assert_int_equal(pattern_limit_hits(p), 1);
    assert_null(pattern_group(p, 0).p);
    assert_int_equal(pattern_match(p, STR("aaa")), PATTERN_YES);
    pattern_free(p);
    pattern_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_is_there),
        cmocka_unit_test(names_what_is_wrong_and_where),
        cmocka_unit_test(stops_a_catastrophic_pattern),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

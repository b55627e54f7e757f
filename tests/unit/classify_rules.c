/* The shipped rules against their own evidence: every "yes" is won by its rule, no "no" is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "classify/classify.h"
#include "classify/ruleset.h"

static str first_word(str words)
{
    str word = STR("");

    str_take_word(&words, &word);
    return word;
}

static enum phase first_phase(const struct rule *rule)
{
    for (int phase = 1; rule->phases && phase < PHASE_COUNT; phase++)
        if (rule->phases >> phase & 1)
            return (enum phase)phase;
    return PHASE_NONE;
}

static bool holds(struct classifier *classifier, const struct rule *rule, const struct rule_evidence *e)
{
    const struct classify_input in = {.text = e->text, .phase = first_phase(rule), .provider = first_word(rule->providers)};
    struct verdict verdict;
    bool won;

    classify_text(classifier, &in, &verdict);
    won = str_eq(verdict.rule, rule->name);
    if (won != e->yes)
        printf("%.*s:%zu: %.*s %s it; won by \"%.*s\" on \"%.*s\"\n", STR_ARG(rule->file), e->line, STR_ARG(rule->name),
               e->yes ? "has to win" : "must not win", STR_ARG(verdict.rule), STR_ARG(verdict.masked));
    return won == e->yes;
}

static void evidence_holds(void **state)
{
    struct err err = {0};
    struct classifier *classifier = classifier_new(NULL, &err);
    const struct rule *const *rules;
    size_t count, wrong = 0;

    (void)state;
    assert_non_null(classifier);
    count = ruleset_rules(classifier_rules(classifier), &rules);
    assert_true(count > 150);
    for (size_t i = 0; i < count; i++)
        for (const struct rule_evidence *e = rules[i]->evidence; e; e = e->next)
            wrong += !holds(classifier, rules[i], e);
    assert_int_equal(wrong, 0);
    classifier_free(classifier);
}

static void every_rule_brings_both(void **state)
{
    struct err err = {0};
    struct classifier *classifier = classifier_new(NULL, &err);
    const struct rule *const *rules;
    size_t count;

    (void)state;
    count = ruleset_rules(classifier_rules(classifier), &rules);
    for (size_t i = 0; i < count; i++) {
        bool yes = false, no = false;
        for (const struct rule_evidence *e = rules[i]->evidence; e; e = e->next) {
            yes |= e->yes;
            no |= !e->yes;
        }
        if (!yes || !no)
            printf("%.*s:%zu: %.*s\n", STR_ARG(rules[i]->file), rules[i]->line, STR_ARG(rules[i]->name));
        assert_true(yes && no);
    }
    classifier_free(classifier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_holds),
        cmocka_unit_test(every_rule_brings_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

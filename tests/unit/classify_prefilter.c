/* literal and prefilter: what must stand in a text, and that looking for it first changes no answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "classify/prefilter.h"
#include "classify/ruleset.h"

static const struct {
    const char *pattern, *literals; /* sorted as found, between commas */
} requirements[] = {
    {"mailbox full", "mailbox full"},
    {"mailbox.{0,20}zorbly", "zorbly"},
    {"(mailbox|inbox) is full", "mailbox is full,inbox is full"},
    {"(mailbox|inbox).*(zorbly|full)", "zorbly,full"},
    {"(mailbox|in).*(voll|leer)", "voll,leer"},
    {"(user|mailbox) (is |was )?unknown", "user is unknown,mailbox is unknown,user was unknown,mailbox was unknown,user unknown,mailbox unknown"},
    {"a message that you sent zorbly quux plugh", "nt zorbly quux plugh"},
    {"(user|recipient|account)s?", "user,recipient,account"},
    {"colou?r", "colour,color"},
    {"gr[ae]y[- ]?list", "gray-list,grey-list,gray list,grey list,graylist,greylist"},
    {"x[^a]list", "list"},
    {"reds*tart", "tart"},
    {"go{2,}gle", "ogle"},
    {"go{0,}gle", "gle"},
    {"abc+def", "cdef"},
    {"abы?cd", "abыcd,abcd"},
    {"ab{42z", "ab{42z"},
    {"\\busers?\\b unknown", "users unknown,user unknown"},
    {"no\\.such\\(user", "no.such(user"},
    {"(?:abc|(?:def|ghi)) ", "abc ,def ,ghi "},
    {"(a|)bcd", "bcd"},
    {"(?!not )found here", "found here"},
    {"(?:(?=x)abc)*def", "def"},
    {"(?i)abc", "abc"},
    {"[a-z]+ [x]yz", " xyz"},
    {"a|b", ""},
    {"(abc|d.)", ""},
    {"(abc)?", ""},
    {"\\d{3} .*", ""},
    {"", ""},
};

static str joined(const struct literals *set, struct buf *out)
{
    buf_clear(out);
    for (size_t i = 0; i < set->count; i++) {
        if (i)
            buf_add_char(out, ',');
        buf_add(out, (str){set->text[i].p, set->text[i].n});
    }
    return buf_str(out);
}

static void finds_what_must_stand(void **state)
{
    struct buf out = {0};
    bool fine = true;

    (void)state;
    for (size_t i = 0; i < sizeof requirements / sizeof *requirements; i++) {
        struct literals sets[2];

        literals_required(str_of(requirements[i].pattern), sets);
        if (!str_eq(joined(&sets[0], &out), str_of(requirements[i].literals))) {
            printf("%s: \"%.*s\"\n", requirements[i].pattern, STR_ARG(buf_str(&out)));
            fine = false;
        }
    }
    buf_free(&out);
    assert_true(fine);
}

static void finds_all_candidates(void **state)
{
    static const char *const words[] = {"he", "she", "his", "hers", "ushers"};
    struct prefilter *f = prefilter_new();
    uint64_t candidates[2];

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        struct literals sets[2] = {{.count = 1}, {.count = 0}};
        sets[0].text[0].n = (unsigned char)strlen(words[i]);
        memcpy(sets[0].text[0].p, words[i], strlen(words[i]));
        sets[1] = i == 4 ? sets[0] : sets[1];
        prefilter_add(f, i, sets);
    }
    prefilter_add(f, 5, (struct literals[2]){{0}, {0}});
    prefilter_build(f);
    prefilter_run(f, STR("ushers"), candidates);
    assert_int_equal(candidates[0], 1 | 2 | 8 | 16 | 32);
    prefilter_run(f, STR("this"), candidates);
    assert_int_equal(candidates[0], 4 | 32);
    prefilter_run(f, STR(""), candidates);
    assert_int_equal(candidates[0], 32);
    assert_int_equal(prefilter_always(f), 1);
    prefilter_free(f);
}

/* Random rules over a small alphabet against random texts: the winner is the one of trying all in turn. */
static uint64_t next_random(uint64_t *seed)
{
    return *seed = hash64_int(*seed, 7);
}

static void add_random_rule(struct buf *file, size_t i, uint64_t *seed)
{
    static const char *const parts[] = {"abc", "bca", "aab", "cab", "ab", "c", "bbb", "acac"};

    buf_printf(file, "rule r%zu\n category virus\n text ", i);
    const char *a = parts[next_random(seed) % 8], *b = parts[next_random(seed) % 8];
    switch (next_random(seed) % 7) {
    case 0: buf_printf(file, "%s%s\n", a, b); break;
    case 1: buf_printf(file, "%s.{0,3}%s\n", a, b); break;
    case 2: buf_printf(file, "(%s|%s)q?%s\n", a, b, a); break;
    case 3: buf_printf(file, "%sz?%s\n", a, b); break;
    case 4: buf_printf(file, "(?:%s)+%s\n", a, b); break;
    case 5: buf_printf(file, "^[^%.1s]+%s\n", a, b); break;
    default: buf_printf(file, "%s%s$\n", b, a); break;
    }
}

static void prefilter_is_sequential(void **state)
{
    uint64_t seed = 42;
    struct err err = {0};
    size_t matches = 0;

    (void)state;
    for (int round = 0; round < 30; round++) {
        struct ruleset *set = ruleset_new();
        struct buf file = {0};

        for (size_t i = 0; i < 40; i++)
            add_random_rule(&file, i, &seed);
        assert_true(ruleset_read(set, STR("random"), buf_str(&file), false, &err));
        assert_true(ruleset_finish(set, &err));
        for (int t = 0; t < 200; t++) {
            char text[24];
            const size_t n = next_random(&seed) % sizeof text;
            struct subject s = {.text = {text, n}, .provider = STR("")};

            for (size_t i = 0; i < n; i++)
                text[i] = "abcz"[next_random(&seed) % 4];
            assert_ptr_equal(ruleset_match(set, &s), ruleset_match_sequential(set, &s));
            matches += ruleset_match(set, &s) != NULL;
        }
        ruleset_free(set);
        buf_free(&file);
    }
    assert_true(matches > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_must_stand),
        cmocka_unit_test(finds_all_candidates),
        cmocka_unit_test(prefilter_is_sequential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

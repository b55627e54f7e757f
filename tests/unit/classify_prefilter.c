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

static void add_random_pattern(struct buf *file, int depth, uint64_t *seed);

static void add_random_group(struct buf *file, int depth, uint64_t *seed)
{
    static const char *const heads[] = {"(", "(?:", "(", "(?:", "(?!", "(?>"};

    buf_add(file, str_of(heads[next_random(seed) % 6]));
    add_random_pattern(file, depth - 1, seed);
    buf_add_char(file, ')');
}

static void add_random_piece(struct buf *file, int depth, uint64_t *seed)
{
    static const char *const parts[] = {"abc", "bca", "aab", "c",     "bbb",  "acac", "a",     "[ab]", "[a-c]", "[^a]c",
                                        ".",   "\\w", "ab",  "\\x61b", "[ab-]", "ca",   "\\.b", "ы",    "ыa",    "[]a]"};
    static const char *const assertions[] = {"\\b", "^", "$", "\\B"};
    static const char *const repeats[] = {"", "", "", "", "?", "{2}", "??", "*", "+", "{0,2}", "{1,}", "*+"};

    if (next_random(seed) % 8 == 0) {
        buf_add(file, str_of(assertions[next_random(seed) % 4]));
        return;
    }
    if (depth > 0 && next_random(seed) % 3 == 0) {
        add_random_group(file, depth, seed);
        buf_add(file, str_of(repeats[next_random(seed) % 7])); /* no more: that would take ages */
        return;
    }
    buf_add(file, str_of(parts[next_random(seed) % 20]));
    buf_add(file, str_of(repeats[next_random(seed) % 12]));
}

static void add_random_pattern(struct buf *file, int depth, uint64_t *seed)
{
    for (uint64_t branches = next_random(seed) % 3 + 1; branches > 0; branches--) {
        for (uint64_t pieces = next_random(seed) % 4 + 1; pieces > 0; pieces--)
            add_random_piece(file, depth, seed);
        if (branches > 1)
            buf_add_char(file, '|');
    }
}

static void add_random_rule(struct buf *file, size_t i, uint64_t *seed)
{
    buf_printf(file, "rule r%zu\n category virus\n text ", i);
    add_random_pattern(file, 3, seed);
    if (next_random(seed) % 4 == 0) {
        buf_add(file, STR("\n not "));
        add_random_pattern(file, 2, seed);
    }
    if (next_random(seed) % 4 == 0)
        buf_printf(file, "\n code %s", next_random(seed) % 2 ? "55." : "550");
    if (next_random(seed) % 4 == 0)
        buf_add(file, STR("\n status 5\\.1\\.[12]"));
    if (next_random(seed) % 6 == 0)
        buf_printf(file, "\n provider %s", next_random(seed) % 2 ? "gmail" : "kind:mailbox microsoft");
    if (next_random(seed) % 6 == 0)
        buf_add(file, STR("\n phase rcpt body"));
    buf_add_char(file, '\n');
}

static struct subject random_subject(str text, uint64_t *seed)
{
    static const char *const providers[] = {"", "gmail", "yahoo"};
    const char *provider = providers[next_random(seed) % 3];

    return (struct subject){.text = text,
                            .code = 549 + (int)(next_random(seed) % 3),
                            .status = {5, 1, (uint16_t)(next_random(seed) % 4)},
                            .phase = (enum phase)(next_random(seed) % PHASE_COUNT),
                            .provider = str_of(provider),
                            .kind = str_of(*provider == 'y' ? "mailbox" : "")};
}

static str pattern_of(const struct rule *rule)
{
    return rule && rule->whole_texts ? rule->whole_texts->source : STR("none");
}

static void prefilter_is_sequential(void **state)
{
    uint64_t seed = 42;
    struct err err = {0};
    size_t matches = 0;

    (void)state;
    for (int round = 0; round < 100; round++) {
        struct ruleset *set = ruleset_new();
        struct buf file = {0};

        for (size_t i = 0; i < 40; i++)
            add_random_rule(&file, i, &seed);
        assert_true(ruleset_read(set, STR("random"), buf_str(&file), false, &err));
        assert_true(ruleset_finish(set, &err));
        for (int t = 0; t < 200; t++) {
            char text[24];
            const size_t n = next_random(&seed) % sizeof text;
            const struct subject s = random_subject((str){text, n}, &seed);

            for (size_t i = 0; i < n; i++)
                text[i] = "aabbcc .x-"[next_random(&seed) % 10];
            for (size_t i = 0; i + 1 < n; i++)
                if (text[i] == 'x')
                    memcpy(text + i++, "ы", 2); /* a folded text is UTF-8 */
            const struct rule *fast = ruleset_match(set, &s), *slow = ruleset_match_sequential(set, &s);
            if (fast != slow)
                printf("\"%.*s\": %.*s, in turn %.*s\n", STR_ARG(s.text), STR_ARG(pattern_of(fast)), STR_ARG(pattern_of(slow)));
            assert_ptr_equal(fast, slow);
            matches += fast != NULL;
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

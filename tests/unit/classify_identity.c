/*
 * What the prefilter leaves out changes no answer: over all evidence of the shipped rules, over the labelled replies of
 * ../shared (where they are), and over texts made from these at random, the winner is the one of trying all in turn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "classify/classify.h"
#include "classify/ruleset.h"

#define REPLIES TEST_DATA "/../../../shared/facts/responses-dev.tsv"

enum { TEXTS_MAX = 8000, MADE = 20000 };

static str texts[TEXTS_MAX];
static size_t text_count;
static const char *const providers[] = {"", "", "gmail", "microsoft", "yahoo", "apple", "mailru", "other"};

static uint64_t next_random(uint64_t *seed)
{
    return *seed = hash64_int(*seed, 11);
}

static void add_evidence(struct classifier *c)
{
    const struct rule *const *rules;
    const size_t count = ruleset_rules(classifier_rules(c), &rules);

    for (size_t i = 0; i < count; i++)
        for (const struct rule_evidence *e = rules[i]->evidence; e && text_count < TEXTS_MAX; e = e->next)
            texts[text_count++] = e->text;
}

static void add_replies(struct arena *arena)
{
    FILE *f = fopen(REPLIES, "rb");
    char *line = NULL;
    size_t room = 0;
    ssize_t n;

    while (f && (n = getline(&line, &room, f)) > 0 && text_count < TEXTS_MAX) {
        str rest = {line, (size_t)n}, id, text;
        if (str_take_field(&rest, '\t', &id) && str_take_field(&rest, '\t', &text))
            texts[text_count++] = arena_str(arena, text);
    }
    free(line);
    if (f)
        fclose(f);
}

static bool same(struct classifier *c, const struct classify_input *in)
{
    struct verdict fast, slow;

    classify_text(c, in, &fast);
    classify_text_slowly(c, in, &slow);
    if (str_eq(fast.rule, slow.rule) && str_eq(fast.category, slow.category) && str_eq(fast.blocklist, slow.blocklist))
        return true;
    printf("%.*s (%.*s): %.*s, in turn %.*s\n", STR_ARG(in->text), STR_ARG(in->provider), STR_ARG(fast.rule), STR_ARG(slow.rule));
    return false;
}

static void known_texts(void **state)
{
    size_t wrong = 0;

    for (size_t i = 0; i < text_count; i++)
        for (size_t k = 1; k < sizeof providers / sizeof *providers; k++)
            wrong += !same(*state, &(struct classify_input){.text = texts[i], .provider = str_of(providers[k])});
    assert_int_equal(wrong, 0);
}

/* A piece of one text, words of it left out or a byte of it changed. */
static void add_piece(struct buf *to, str text, uint64_t *seed)
{
    const size_t from = next_random(seed) % (text.n + 1), end = from + next_random(seed) % (text.n - from + 1);
    str piece = next_random(seed) % 2 ? str_to(str_from(text, from), end - from) : text, word;

    while (str_take_word(&piece, &word)) {
        if (next_random(seed) % 6 == 0)
            continue;
        if (to->n)
            buf_add_char(to, next_random(seed) % 20 ? ' ' : '-');
        buf_add(to, next_random(seed) % 12 ? word : str_to(word, next_random(seed) % (word.n + 1)));
        if (next_random(seed) % 24 == 0)
            buf_add_char(to, (char)next_random(seed));
    }
}

static void made_texts(void **state)
{
    struct buf text = {0};
    uint64_t seed = 7;
    size_t wrong = 0;

    for (int i = 0; i < MADE; i++) {
        buf_clear(&text);
        for (uint64_t pieces = 1 + next_random(&seed) % 3; pieces > 0; pieces--)
            add_piece(&text, texts[next_random(&seed) % text_count], &seed);
        wrong += !same(*state, &(struct classify_input){.text = buf_str(&text),
                                                        .phase = (enum phase)(next_random(&seed) % PHASE_COUNT),
                                                        .provider = str_of(providers[next_random(&seed) % 8])});
    }
    buf_free(&text);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    struct err err = {0};
    struct arena *arena = arena_new();
    struct classifier *c = classifier_new(NULL, &err);
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(known_texts, c), cmocka_unit_test_prestate(made_texts, c)};
    int failed;

    add_evidence(c);
    add_replies(arena);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    classifier_free(c);
    arena_free(arena);
    return failed;
}

/*
 * The labelled replies of ../shared/facts/responses-dev.tsv: at least 97 % in the right category, at least
 * 99 % right where an address is blamed, and none blamed whose failure is the sender's, the message's or the
 * network's. Memo and prefilter give the answers of doing without. Skipped where ../shared is not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "classify/classify.h"

#define FACTS TEST_DATA "/../../../shared/facts/"

static char *text_of_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    char *bytes = NULL;

    if (!f)
        return NULL;
    fseek(f, 0, SEEK_END);
    *size = (size_t)ftell(f);
    rewind(f);
    bytes = mem_alloc(*size + 1);
    assert_int_equal(fread(bytes, 1, *size, f), *size);
    fclose(f);
    return bytes;
}

struct sample {
    str id, text, provider, category, also_ok;
};

static bool next_sample(str *in, struct sample *s)
{
    str line;

    if (!str_take_line(in, &line))
        return false;
    *s = (struct sample){.also_ok = STR("")};
    str_take_field(&line, '\t', &s->id);
    str_take_field(&line, '\t', &s->text);
    str_take_field(&line, '\t', &s->provider);
    str_take_field(&line, '\t', &s->category);
    str_take_field(&line, '\t', &s->also_ok);
    return true;
}

static bool is_accepted(const struct sample *s, str category)
{
    str rest = s->also_ok, word;

    if (str_eq(category, s->category))
        return true;
    while (str_take_field(&rest, ',', &word))
        if (str_eq(word, category))
            return true;
    return false;
}

static bool blames_address(str category)
{
    return str_eq(category, STR("invalid_recipient")) || str_eq(category, STR("inactive_mailbox")) ||
           str_eq(category, STR("domain_not_found")) || str_eq(category, STR("no_mail_service"));
}

static bool suppresses(str category)
{
    return blames_address(category) || str_eq(category, STR("mailbox_full"));
}

static bool is_ours(str category)
{
    const struct category *c = classify_category(category);

    return c && (str_eq(c->fault, STR("sender")) || str_eq(c->fault, STR("message")) || str_eq(c->fault, STR("network")));
}

struct score {
    size_t all, right, blamed, blamed_right, unjust;
};

static void count(const struct sample *s, const struct verdict *v, struct score *score)
{
    const bool right = is_accepted(s, v->category);

    score->all++;
    score->right += right;
    if (blames_address(v->category)) {
        score->blamed++;
        score->blamed_right += right;
    }
    score->unjust += is_ours(s->category) && suppresses(v->category) && !right;
    if (!right)
        printf("%.*s: %.*s by %.*s, not %.*s: %.*s\n", STR_ARG(s->id), STR_ARG(v->category), STR_ARG(v->rule),
               STR_ARG(s->category), STR_ARG(s->text));
}

static void run(str in, bool with_provider, struct score *score)
{
    struct err err = {0};
    struct classifier *c = classifier_new(NULL, &err);
    struct sample s;
    str line;

    str_take_line(&in, &line); /* column names */
    while (next_sample(&in, &s)) {
        const struct classify_input given = {.text = s.text, .provider = with_provider ? s.provider : STR("")};
        struct verdict v;

        classify_text(c, &given, &v);
        count(&s, &v, score);
    }
    classifier_free(c);
}

static void names_the_labelled_replies(void **state)
{
    size_t size = 0;
    char *bytes = text_of_file(FACTS "responses-dev.tsv", &size);

    (void)state;
    for (int with_provider = 0; with_provider < 2; with_provider++) {
        struct score score = {0};

        run((str){bytes, size}, with_provider, &score);
        printf("%s: %zu of %zu right, %zu of %zu blamed rightly, %zu unjust\n", with_provider ? "with provider" : "without provider",
               score.right, score.all, score.blamed_right, score.blamed, score.unjust);
        assert_true(score.all > 300);
        assert_true(score.right * 100 >= score.all * 97);
        assert_true(score.blamed_right * 100 >= score.blamed * 99);
        assert_int_equal(score.unjust, 0);
    }
    free(bytes);
}

static bool same(const struct verdict *a, const struct verdict *b)
{
    return a->signature_id == b->signature_id && str_eq(a->category, b->category) && str_eq(a->rule, b->rule) &&
           str_eq(a->severity, b->severity) && str_eq(a->blocklist, b->blocklist) && str_eq(a->listed_item, b->listed_item) &&
           str_eq(a->masked, b->masked) && a->class == b->class && a->stale == b->stale &&
           a->misconfigured == b->misconfigured;
}

/* Every line of a file, whatever it is, as a reply: new, from the memo, and the slow way. */
static void answers_agree_on(const char *path, struct classifier *c, size_t *texts)
{
    size_t size = 0;
    char *bytes = text_of_file(path, &size);
    str in = {bytes, size}, line;

    assert_non_null(bytes);
    while (str_take_line(&in, &line)) {
        const struct classify_input given = {.text = line};
        struct verdict first, again, slow;

        classify_text(c, &given, &first);
        classify_text(c, &given, &again);
        assert_true(same(&first, &again));
        classify_text_slowly(c, &given, &slow);
        assert_true(same(&first, &slow));
        ++*texts;
    }
    free(bytes);
}

static void shortcuts_change_no_answer(void **state)
{
    struct err err = {0};
    struct classifier *c = classifier_new(NULL, &err);
    size_t texts = 0;

    (void)state;
    answers_agree_on(FACTS "responses-dev.tsv", c, &texts);
    answers_agree_on(FACTS "provider-responses.tsv", c, &texts);
    answers_agree_on(FACTS "blocklists.tsv", c, &texts);
    assert_true(texts > 1000);
    classifier_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_the_labelled_replies),
        cmocka_unit_test(shortcuts_change_no_answer),
    };
    FILE *f = fopen(FACTS "responses-dev.tsv", "rb");

    if (!f) {
        printf("skipped: no labelled replies beside the project\n");
        return 77;
    }
    fclose(f);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

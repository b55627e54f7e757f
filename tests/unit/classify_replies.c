/*
 * tests/data/replies-*.tsv: replies that are no rule's evidence, in the words of mail systems, gateways, languages and
 * administrators. Each is given a category that its row accepts, and none is blamed on an address where no accepted one is -
 * not even when Postfix puts "Recipient address rejected" in front, as it does with whatever a policy server says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classify/classify.h"

enum { LINE_BYTES = 2048 };

static const char *const files[] = {"systems", "gateways", "languages", "words", "more", "tricky", "codes", "prose", "last", "providers"};

static bool names(str list, str category)
{
    str word;

    while (str_take_field(&list, ',', &word))
        if (str_eq(word, category))
            return true;
    return false;
}

static bool suppresses(str category)
{
    static const char *const words[] = {"invalid_recipient", "inactive_mailbox", "domain_not_found", "no_mail_service", "mailbox_full"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_eq(category, str_of(words[i])))
            return true;
    return false;
}

static bool any_suppresses(str list)
{
    str word;

    while (str_take_field(&list, ',', &word))
        if (suppresses(word))
            return true;
    return false;
}

static str take_columns(str line, struct classify_input *in)
{
    str accepted;

    str_take_field(&line, '\t', &accepted);
    str_take_field(&line, '\t', &in->provider);
    if (str_eq(in->provider, STR("-")))
        in->provider = STR("");
    in->text = line;
    return accepted;
}

/* The words without the codes in front: a policy server gives words only. */
static str without_codes(str text)
{
    while (text.n && (str_is_digit(*text.p) || strchr(" .-", *text.p)))
        text = str_from(text, 1);
    return text;
}

static bool stays_unblamed(struct classifier *c, str line)
{
    struct classify_input in = {.text = STR("")};
    const str accepted = take_columns(line, &in);
    char framed[LINE_BYTES + 100];
    struct verdict v;

    if (any_suppresses(accepted) || names(accepted, STR("unclassified")) || names(accepted, STR("suppressed")) ||
        str_find_nocase(in.text, STR("end of DATA")) != STR_NONE)
        return true; /* the step, not the words, tells the last apart */
    snprintf(framed, sizeof framed, "554 5.7.1 <nora@example.org>: Recipient address rejected: %.*s",
             STR_ARG(without_codes(in.text)));
    in.text = str_of(framed);
    classify_text(c, &in, &v);
    if (suppresses(v.category))
        printf("%s\n  -> %.*s by %.*s: BLAMES AN ADDRESS\n", framed, STR_ARG(v.category), STR_ARG(v.rule));
    return !suppresses(v.category);
}

static bool is_right(struct classifier *c, const char *file, str line)
{
    struct classify_input in = {.text = STR("")};
    struct verdict v;
    const str accepted = take_columns(line, &in);

    classify_text(c, &in, &v);
    if (names(accepted, v.category))
        return true;
    printf("%s: %.*s\n  -> %.*s by %.*s, not %.*s%s\n", file, STR_ARG(in.text), STR_ARG(v.category), STR_ARG(v.rule), STR_ARG(accepted),
           suppresses(v.category) && !any_suppresses(accepted) ? "; BLAMES AN ADDRESS" : "");
    return false;
}

static size_t read_file(struct classifier *c, const char *file, size_t *wrong)
{
    char path[512], line[LINE_BYTES];
    size_t count = 0;
    FILE *f;

    snprintf(path, sizeof path, "%s/replies-%s.tsv", TEST_DATA, file);
    f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f))
        if (line[0] != '#') {
            *wrong += !is_right(c, file, str_trim(str_of(line))) + !stays_unblamed(c, str_trim(str_of(line)));
            count++;
        }
    fclose(f);
    return count;
}

static void knows_the_words(void **state)
{
    struct err err = {0};
    struct classifier *c = classifier_new(NULL, &err);
    size_t count = 0, wrong = 0;

    (void)state;
    assert_non_null(c);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        count += read_file(c, files[i], &wrong);
    printf("%zu replies, %zu wrong\n", count, wrong);
    assert_true(count > 1200);
    assert_int_equal(wrong, 0);
    classifier_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

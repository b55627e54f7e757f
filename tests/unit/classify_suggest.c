/* Texts that are alike, and rules proposed for texts that no rule knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "classify/suggest.h"
#include "classify/trigram.h"

/* ---- likeness */

static const struct {
    const char *a, *b;
    double least, most;
} pairs[] = {
    {"mailbox full", "mailbox full", 1, 1},
    {"mailbox full", "full mailbox", 0.7, 0.95},
    {"mailbox of <recipient> is full", "mailbox is full", 0.7, 1},
    {"mailbox <n> full", "mailbox <id> full", 1, 1},
    {"mailbox full", "connection timed out", 0, 0.1},
    {"ящик переполнен", "ящик получателя переполнен", 0.6, 1},
    {"", "", 0, 0},
    {"<n> <host>", "<n> <host>", 0, 0},
    {"mailbox <unclosed full", "mailbox", 0.5, 1},
};

static void likeness(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const struct trigrams a = trigrams_of(str_of(pairs[i].a), arena), b = trigrams_of(str_of(pairs[i].b), arena);
        const double there = trigrams_alike(&a, &b), back = trigrams_alike(&b, &a);
        if (there < pairs[i].least || there > pairs[i].most || there != back)
            fail_msg("\"%s\" and \"%s\": %.3f, %.3f back, not %.2f to %.2f", pairs[i].a, pairs[i].b, there, back,
                     pairs[i].least, pairs[i].most);
    }
    arena_free(arena);
}

static void long_texts(void **state)
{
    struct arena *arena = arena_new();
    char *text = arena_alloc(arena, 100000);

    (void)state;
    for (size_t i = 0; i < 100000; i++)
        text[i] = (char)('a' + i % 26);
    const struct trigrams a = trigrams_of((str){text, 100000}, arena);
    assert_true(a.count <= 28);
    arena_free(arena);
}

/* ---- a text judged again is judged as it was */

static const char *const replies[] = {
    "550 5.1.1 <ann@example.org>: User unknown",
    "452 4.2.2 Mailbox full",
    "host mx.example.org[192.0.2.1] said: 554 5.7.1 Service unavailable; client [192.0.2.9] blocked using "
    "zen.spamhaus.org "
    "(in reply to RCPT TO command)",
    "421 4.7.0 [TSS04] Messages from 192.0.2.9 temporarily deferred",
    "wibble",
};

static void judged_again(void **state)
{
    struct err err;
    struct classifier *c = classifier_new(NULL, &err), *later = classifier_new(NULL, &err);

    (void)state;
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        const struct classify_input in = {
            .text = str_of(replies[i]), .provider = STR("gmail"), .recipient = STR("ann@example.org")};
        struct verdict was, is;
        classify_text(c, &in, &was);
        const struct classify_signature kept = {was.masked, STR("gmail"), was.reply_code, was.enhanced_status,
                                                was.phase};
        classify_signature(later, &kept, &is);
        if (was.signature_id != is.signature_id || !str_eq(was.category, is.category) || !str_eq(was.rule, is.rule) ||
            !str_eq(was.blocklist, is.blocklist) || !str_eq(was.severity, is.severity) || was.class != is.class)
            fail_msg("%s: %.*s by %.*s, then %.*s by %.*s", replies[i], STR_ARG(was.category), STR_ARG(was.rule),
                     STR_ARG(is.category), STR_ARG(is.rule));
        assert_int_equal(is.listed_item.n, 0);
    }
    classifier_free(c);
    classifier_free(later);
}

/* ---- proposals: a small history, a text nobody knows, and the rule for it */

static const struct {
    const char *masked, *provider, *category;
    int code;
} history[] = {
    {"account <n> is on holiday for good", "gmail", "inactive_mailbox", 550},
    {"the frobnicator refused your letter", "yahoo", "policy_rejected", 451},
    {"the frobnicator refused your letter", "gmail", "unclassified", 554},
    {"account <n> of <host> went on holiday for good", "gmail", "unclassified", 550},
};

static const struct {
    const char *masked, *provider;
    int code;
    const char *category; /* "": nothing near */
    const char *expression, *condition;
    size_t unknown, other;
} wants[] = {
    {"account <n> of <host> went on holiday for good", "gmail", 550, "inactive_mailbox",
     "text      account.{1,60}of.{1,60}went on holiday for good\n", "", 1, 0},
    {"the frobnicator refused your letter", "gmail", 554, "policy_rejected",
     "text      the frobnicator refused your letter\n", "", 1, 0},
    {"zzyx qqwv jjkk", "", 0, "", "text      zzyx qqwv jjkk\n", "", 0, 0},
    {"<n> <host>", "", 0, "", "", "", 0, 0},
    {"(a+)+$ .* [x] \\d wvwv|zzyx", "", 0, "", "text      a.{1,60}x.{1,60}d wvwv.{1,60}zzyx\n", "", 0, 0},
};

static void proposals(void **state)
{
    struct err err;
    struct classifier *c = classifier_new(NULL, &err);
    struct arena *arena = arena_new();
    struct suggest *suggest = suggest_new(c, arena);

    (void)state;
    for (size_t i = 0; i < sizeof history / sizeof *history; i++) {
        const struct classify_signature s = {
            str_of(history[i].masked), str_of(history[i].provider), history[i].code, {0}, PHASE_RCPT};
        suggest_add(suggest, &s, str_of(history[i].category), STR("some.rule"));
    }
    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
        const struct classify_signature s = {
            str_of(wants[i].masked), str_of(wants[i].provider), wants[i].code, {0}, PHASE_RCPT};
        struct suggestion got;
        suggest_rule(suggest, &s, STR(""), &got);
        const str category = got.named ? got.near[0].category : STR("");
        if (!str_eq(category, str_of(wants[i].category)) || got.unknown != wants[i].unknown ||
            got.other != wants[i].other || str_find(got.rule, str_of(wants[i].expression)) == STR_NONE ||
            (got.rule.n > 0) != (wants[i].expression[0] != '\0'))
            fail_msg("%s: %.*s, takes %zu unknown and %zu others:\n%.*s", wants[i].masked, STR_ARG(category),
                     got.unknown, got.other, STR_ARG(got.rule));
        assert_true(got.rule.n == 0 || got.evidence);
    }
    suggest_free(suggest);
    arena_free(arena);
    classifier_free(c);
}

/* Where the words alone take a text of another category, codes and then the provider are asked for. */
static void narrowed(void **state)
{
    struct err err;
    struct classifier *c = classifier_new(NULL, &err);
    struct arena *arena = arena_new();
    struct suggest *suggest = suggest_new(c, arena);
    const struct classify_signature near = {
        STR("sorry the wizard keeps no letter"), STR("gmail"), 550, {0}, PHASE_RCPT};
    const struct classify_signature taken = {
        STR("yes indeed, sorry the wizard keeps no letters for people like you"), STR("yahoo"), 451, {0}, PHASE_RCPT};
    const struct classify_signature unknown = {
        STR("sorry the wizard keeps no letters"), STR("gmail"), 554, {0}, PHASE_RCPT};
    struct suggestion got;

    (void)state;
    suggest_add(suggest, &near, STR("relaying_denied"), STR("one.rule"));
    suggest_add(suggest, &taken, STR("greylisted"), STR("other.rule"));
    suggest_add(suggest, &unknown, STR("unclassified"), STR(""));
    suggest_rule(suggest, &unknown, STR(""), &got);
    assert_true(got.named && got.near_count >= 2);
    assert_int_equal(got.other, 0);
    assert_int_equal(got.unknown, 1);
    assert_true(str_find(got.rule, STR("code      554\n")) != STR_NONE);
    assert_true(str_find(got.rule, STR("    no        ")) != STR_NONE);
    suggest_free(suggest);
    arena_free(arena);
    classifier_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(likeness),  cmocka_unit_test(long_texts), cmocka_unit_test(judged_again),
        cmocka_unit_test(proposals), cmocka_unit_test(narrowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

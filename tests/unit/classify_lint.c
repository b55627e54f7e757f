/* lint: each kind of mistake is found, with its file and line; the shipped rules have none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "classify/lint.h"

static const struct {
    const char *rules, *found;
    enum lint_grade grade;
    size_t line;
} mistakes[] = {
    {"rule a\n category virus\n text frobnicated\n yes 550 frobnicated\n no 550 fine\n", NULL, 0, 0},
    {"rule a\n category virus\n text frobnicated\n yes 550 bla\n no 550 fine\n", "does not match its own evidence", LINT_ERROR, 4},
    {"rule a\n category virus\n text frobnicated\n yes 550 frobnicated\n no 550 frobnicated 7\n", "wins a text that it must not",
     LINT_ERROR, 5},
    {"rule a\n category virus\n text frobnicated\n", "no \"yes\" line", LINT_WARNING, 1},
    {"rule a\n category virus\n text frob\n yes 550 frob\n no 550 x\nrule b\n category spam_content\n text frobx?\n yes 550 frob\n no 550 x\n",
     "its evidence is won by a", LINT_ERROR, 9},
    {"rule a\n category virus\n text frob\n yes 550 frob\n no 550 x\nrule b\n category spam_content\n text frobx?\n yes 550 frob\n no 550 x\n",
     "claims the same text as virus", LINT_ERROR, 9},
    {"rule a\n category virus\n text frob|nic\n yes 550 frob\n no 550 x\nrule b\n category spam_content\n text nic\n", "never reached: a",
     LINT_ERROR, 6},
    {"rule a\n category virus\n text x.y\n", "no literal of 3 bytes", LINT_WARNING, 3},
    {"rule a\n category virus\n text frob 1234567\n", "\"1234567\" never stands in a masked text", LINT_WARNING, 3},
    {"rule a\n category virus\n text bob@frob\n", "\"bob@frob\" never stands in a masked text", LINT_WARNING, 3},
    {"rule a\n category virus\n text frob \\b<ip>\n", "before a placeholder", LINT_WARNING, 3},
    {"rule a\n category virus\n text \\b(host|(x|y)|<host>) frob\n", "before a placeholder", LINT_WARNING, 3},
    {"rule a\n category virus\n text frob\n not \\b(<\\w+>|host) nic\n", "before a placeholder", LINT_WARNING, 4},
    {"rule a\n category virus\n text (\\bhost|<host>) frob\n yes 550 host frob\n no 550 x\n", NULL, 0, 0},
    {"rule a\n category virus\n text frob (w+)+$\n", NULL, 0, 0},
    {"rule a\n category virus\n text (w+)+[xy]$\n", "runs into the match limit", LINT_ERROR, 3},
    {"rule a\n category virus\n text frob\n not (w+)+[xy]$\n", "runs into the match limit", LINT_ERROR, 4},
};

struct search {
    size_t i;
    bool found;
    size_t errors;
};

static void look(void *context, const struct lint_finding *f)
{
    struct search *s = context;

    s->errors += f->grade == LINT_ERROR;
    if (mistakes[s->i].found && str_find(f->text, str_of(mistakes[s->i].found)) != STR_NONE &&
        f->grade == mistakes[s->i].grade && f->line == mistakes[s->i].line)
        s->found = true;
}

static void write_rules(const char *folder, const char *text)
{
    char path[300];
    FILE *f;

    snprintf(path, sizeof path, "%s/own.rules", folder);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void finds_each_mistake(void **state)
{
    char folder[] = "/tmp/rebound-lint-XXXXXX", path[300];
    bool fine = true;

    (void)state;
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct err err = {0};
        struct search s = {.i = i};
        struct classifier *c;

        write_rules(folder, mistakes[i].rules);
        c = classifier_new(folder, &err);
        assert_non_null(c);
        lint_rules(c, false, look, &s);
        if (mistakes[i].found ? !s.found : s.errors > 0) {
            printf("%s%s: %zu errors\n", mistakes[i].rules, mistakes[i].found ? mistakes[i].found : "nothing", s.errors);
            fine = false;
        }
        classifier_free(c);
    }
    snprintf(path, sizeof path, "%s/own.rules", folder);
    unlink(path);
    rmdir(folder);
    assert_true(fine);
}

static void show(void *context, const struct lint_finding *f)
{
    (void)context;
    if (f->grade == LINT_ERROR)
        printf("%.*s:%zu: %.*s: %.*s\n", STR_ARG(f->rule->file), f->line, STR_ARG(f->rule->name), STR_ARG(f->text));
}

static void shipped_rules_are_clean(void **state)
{
    struct err err = {0};
    struct classifier *c = classifier_new(NULL, &err);

    (void)state;
    assert_int_equal(lint_rules(c, true, show, NULL), 0);
    classifier_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_mistake),
        cmocka_unit_test(shipped_rules_are_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "classify/lint.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/table.h"
#include "classify/literal.h"
#include "classify/mask.h"

enum { SUBJECT_BYTES = 4096, LITERAL_TELLING = 3 };

struct lint {
    struct classifier *classifier;
    lint_report *report;
    void *context;
    bool all;
    size_t errors;
    struct buf text;
};

static void find(struct lint *l, enum lint_grade grade, const struct rule *rule, size_t line)
{
    const struct lint_finding finding = {grade, rule, line ? line : rule->line, buf_str(&l->text)};

    l->errors += grade == LINT_ERROR;
    l->report(l->context, &finding);
}
#define FIND(l, grade, rule, line, ...) (buf_clear(&(l)->text), buf_printf(&(l)->text, __VA_ARGS__), find(l, grade, rule, line))

/* ---- evidence */

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

void lint_classify(struct classifier *classifier, const struct rule *rule, str text, struct verdict *out)
{
    const struct classify_input in = {
        .text = text, .phase = first_phase(rule), .provider = first_word(rule->providers)};

    classify_text(classifier, &in, out);
}

static void check_evidence(struct lint *l, const struct rule *rule, const struct rule_evidence *e)
{
    struct verdict v;
    bool won;

    lint_classify(l->classifier, rule, e->text, &v);
    won = str_eq(v.rule, rule->name);
    if (e->yes && !won && v.rule.n > 0)
        FIND(l, LINT_ERROR, rule, e->line, "its evidence is won by %.*s", STR_ARG(v.rule));
    else if (e->yes && !won)
        FIND(l, LINT_ERROR, rule, e->line, "does not match its own evidence, which rules see as \"%.*s\"", STR_ARG(v.masked));
    else if (!e->yes && won)
        FIND(l, LINT_ERROR, rule, e->line, "wins a text that it must not");
}

static void check_has_evidence(struct lint *l, const struct rule *rule)
{
    bool yes = false, no = false;

    for (const struct rule_evidence *e = rule->evidence; e; e = e->next) {
        yes |= e->yes;
        no |= !e->yes;
    }
    if (!yes)
        FIND(l, LINT_WARNING, rule, 0, "no \"yes\" line: nothing shows what it is for");
    if (!no)
        FIND(l, LINT_WARNING, rule, 0, "no \"no\" line: nothing shows where it ends");
}

/* ---- the same text claimed for two categories */

struct claim {
    const struct rule *rule;
};

static void check_claim(struct lint *l, struct table *claims, const struct rule *rule, const struct rule_evidence *e)
{
    struct verdict v;
    struct claim *claim;
    bool added;

    lint_classify(l->classifier, rule, e->text, &v);
    claim = table_add(claims, &v.signature_id, &added);
    if (added)
        claim->rule = rule;
    else if (!str_eq(claim->rule->category, rule->category) && (l->all || rule->user || claim->rule->user))
        FIND(l, LINT_ERROR, rule, e->line, "%.*s (%.*s:%zu) claims the same text as %.*s", STR_ARG(claim->rule->name),
             STR_ARG(claim->rule->file), claim->rule->line, STR_ARG(claim->rule->category));
}

static void check_claims(struct lint *l, const struct rule *const *rules, size_t count)
{
    struct table claims;

    table_init(&claims, sizeof(uint64_t), sizeof(struct claim));
    for (size_t i = 0; i < count; i++)
        for (const struct rule_evidence *e = rules[i]->evidence; e; e = e->next)
            if (e->yes)
                check_claim(l, &claims, rules[i], e);
    table_free(&claims);
}

/* ---- rules that an earlier one leaves nothing to */

static bool is_one_of(const struct rule_text *list, str folded)
{
    for (; list; list = list->next)
        if (str_eq(list->folded, folded))
            return true;
    return false;
}

/* Nothing but its texts restricts it, and all texts of `later` are among them. */
static bool swallows(const struct rule *earlier, const struct rule *later)
{
    if (earlier->phases || earlier->providers.n || earlier->status || earlier->code || earlier->nots || !later->texts)
        return false;
    for (const struct rule_text *t = later->texts; t; t = t->next)
        if (!is_one_of(earlier->texts, t->folded))
            return false;
    return true;
}

static void check_reach(struct lint *l, const struct rule *const *rules, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (swallows(rules[k], rules[i])) {
            FIND(l, LINT_ERROR, rules[i], 0, "never reached: %.*s (%.*s:%zu) takes all its texts", STR_ARG(rules[k]->name),
                 STR_ARG(rules[k]->file), rules[k]->line);
            return;
        }
}

/* ---- literals */

static bool has_telling_literal(const struct rule_text *text)
{
    struct literals sets[2];

    literals_required(text->folded, sets);
    if (sets[0].count == 0)
        return false;
    for (size_t i = 0; i < sets[0].count; i++)
        if (sets[0].text[i].n < LITERAL_TELLING)
            return false;
    return true;
}

static bool survives(struct buf *out, str word)
{
    struct masked lifted;

    buf_clear(out);
    mask_text(word, STR(""), out, &lifted);
    return str_eq(buf_str(out), word);
}

/* As written, and in capitals, as codes of providers are. */
static bool is_masked_away(str word)
{
    struct buf out = {0}, upper = {0};
    bool gone;

    for (size_t i = 0; i < word.n; i++)
        buf_add_char(&upper, word.p[i] >= 'a' && word.p[i] <= 'z' ? (char)(word.p[i] - 32) : word.p[i]);
    gone = !survives(&out, word) && !survives(&out, buf_str(&upper));
    buf_free(&out);
    buf_free(&upper);
    return gone;
}

static bool is_plain(char c)
{
    return str_is_alpha(c) || str_is_digit(c) || c == '@' || c == '_';
}

/* Words of the expression that stand for themselves: no class, no escape, no repetition in them. */
static bool next_word(str *in, str *word)
{
    while (in->n > 0) {
        size_t n = 0;

        if (in->p[0] == '\\') {
            *in = str_from(*in, 2);
            continue;
        }
        while (n < in->n && is_plain(in->p[n]))
            n++;
        *word = str_to(*in, n);
        *in = str_from(*in, n ? n : 1);
        if (n > 0 && (in->n == 0 || !strchr("?*+{[\\(.-", in->p[0])))
            return true;
    }
    return false;
}

static void check_masked(struct lint *l, const struct rule *rule, const struct rule_text *text)
{
    str rest = text->folded, word;

    while (next_word(&rest, &word)) {
        size_t digits = 0;
        for (size_t i = 0; i < word.n; i++)
            digits += str_is_digit(word.p[i]);
        if (digits == 0 ? str_find_char(word, '@') == STR_NONE : (digits == word.n && digits < 5))
            continue;
        if (is_masked_away(word))
            FIND(l, LINT_WARNING, rule, text->line, "\"%.*s\" never stands in a masked text: the expression cannot match",
                 STR_ARG(word));
    }
}

static bool is_placeholder(str s)
{
    return s.n > 2 && s.p[0] == '<' && (str_is_alpha(s.p[1]) || s.p[1] == '\\') && str_find_char(str_to(s, 16), '>') != STR_NONE;
}

/* "(?:ip|<ip>)": an alternative of the group that begins here, without those of groups in it. */
static bool offers_placeholder(str group)
{
    int depth = 0;

    for (size_t i = 0; i < group.n; i++) {
        if (group.p[i] == '\\') {
            i++;
            continue;
        }
        depth += group.p[i] == '(' ? 1 : group.p[i] == ')' ? -1 : 0;
        if (depth == 0)
            return false;
        if (depth == 1 && (group.p[i] == '(' || group.p[i] == '|') && is_placeholder(str_from(group, i + 1)))
            return true;
    }
    return false;
}

/* A boundary has a letter on one side, and a placeholder begins with "<": "\b<ip>" never holds behind a blank. */
static void check_boundaries(struct lint *l, const struct rule *rule, const struct rule_text *list)
{
    for (const struct rule_text *t = list; t; t = t->next)
        for (size_t i = 0; i + 2 < t->folded.n; i++) {
            const str behind = str_from(t->folded, i + 2);
            if (t->folded.p[i] != '\\')
                continue;
            if (t->folded.p[++i] == 'b' && (is_placeholder(behind) || (behind.p[0] == '(' && offers_placeholder(behind))))
                FIND(l, LINT_WARNING, rule, t->line, "\"\\b\" before a placeholder: that never holds behind a blank");
        }
}

static void check_literals(struct lint *l, const struct rule *rule)
{
    bool told = false;

    for (const struct rule_text *t = rule->texts; t; t = t->next) {
        if (!has_telling_literal(t) && !told && !rule->providers.n && !rule->status && !rule->code) {
            FIND(l, LINT_WARNING, rule, t->line, "no literal of %d bytes: tried on every text", LITERAL_TELLING);
            told = true;
        }
        check_masked(l, rule, t);
    }
}

/* ---- subjects made to hurt */

/* One piece over and over, and an end that does not fit. */
static str repeated(struct buf *subject, str piece)
{
    buf_clear(subject);
    while (piece.n > 0 && subject->n + piece.n < SUBJECT_BYTES)
        buf_add(subject, piece);
    buf_add(subject, STR("\x01"));
    return buf_str(subject);
}

static bool hurts(struct pattern *pattern, str folded, struct buf *subject)
{
    static const char *const pieces[] = {"a", "0", " ", "a ", "aa ", ".", "<", "x@", "ab", "no "};
    str rest = folded, word;

    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        if (pattern_match(pattern, repeated(subject, str_of(pieces[i]))) == PATTERN_LIMIT)
            return true;
    while (next_word(&rest, &word))
        if (pattern_match(pattern, repeated(subject, word)) == PATTERN_LIMIT)
            return true;
    for (size_t i = 0; i < folded.n; i++) /* each letter of it */
        if (str_is_alpha(folded.p[i]) && (i == 0 || folded.p[i - 1] != '\\') &&
            pattern_match(pattern, repeated(subject, str_to(str_from(folded, i), 1))) == PATTERN_LIMIT)
            return true;
    return false;
}

static void check_hurt(struct lint *l, const struct rule *rule, const struct rule_text *list)
{
    struct buf subject = {0};
    struct err err;

    for (const struct rule_text *t = list; t; t = t->next) {
        struct pattern *pattern = pattern_new(t->folded, t->flags, &err);

        if (!pattern)
            FIND(l, LINT_ERROR, rule, t->line, "%s", err.text);
        else if (hurts(pattern, t->folded, &subject))
            FIND(l, LINT_ERROR, rule, t->line, "runs into the match limit on %d bytes made for it", SUBJECT_BYTES);
        pattern_free(pattern);
    }
    buf_free(&subject);
}

/* ---- all of it */

static struct lint lint_of(struct classifier *classifier, bool all, lint_report *report, void *context)
{
    return (struct lint){.classifier = classifier, .report = report, .context = context, .all = all};
}

size_t lint_evidence(struct classifier *classifier, bool all, lint_report *report, void *context, size_t *count)
{
    struct lint l = lint_of(classifier, all, report, context);
    const struct rule *const *rules;
    const size_t n = ruleset_rules(classifier_rules(classifier), &rules);

    *count = 0;
    for (size_t i = 0; i < n; i++)
        for (const struct rule_evidence *e = rules[i]->evidence; e && (all || rules[i]->user); e = e->next, ++*count)
            check_evidence(&l, rules[i], e);
    buf_free(&l.text);
    return l.errors;
}

size_t lint_rules(struct classifier *classifier, bool all, lint_report *report, void *context)
{
    struct lint l = lint_of(classifier, all, report, context);
    const struct rule *const *rules;
    const size_t n = ruleset_rules(classifier_rules(classifier), &rules);

    for (size_t i = 0; i < n; i++) {
        if (!all && !rules[i]->user)
            continue;
        for (const struct rule_evidence *e = rules[i]->evidence; e; e = e->next)
            check_evidence(&l, rules[i], e);
        check_has_evidence(&l, rules[i]);
        check_reach(&l, rules, i);
        check_literals(&l, rules[i]);
        check_boundaries(&l, rules[i], rules[i]->texts);
        check_boundaries(&l, rules[i], rules[i]->nots);
        check_hurt(&l, rules[i], rules[i]->texts);
        check_hurt(&l, rules[i], rules[i]->nots);
    }
    check_claims(&l, rules, n);
    buf_free(&l.text);
    return l.errors;
}

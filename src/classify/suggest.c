#include "classify/suggest.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/hash.h"
#include "classify/fold.h"
#include "classify/lint.h"
#include "classify/ruleset.h"
#include "classify/trigram.h"

enum { PATTERN_LETTERS = 72, PATTERN_LEAST = 8, GAP_BYTES = 60 };
static const double NEAR_ENOUGH = 0.4;

struct known {
    struct subject subject;
    str masked, category, rule;
    struct trigrams trigrams;
    bool evidence; /* of a rule: near, but no text of history */
};

struct suggest {
    struct classifier *classifier;
    struct arena *arena;
    struct known *known;
    size_t count, room;
};

static str folded(struct arena *arena, str text)
{
    struct buf buf = {0};

    fold_text(text, &buf);
    const str copy = arena_str(arena, buf_str(&buf));
    buf_free(&buf);
    return copy;
}

static struct subject subject_of(struct suggest *s, const struct classify_signature *sig)
{
    const struct provider *p = provider_named(classifier_providers(s->classifier), sig->provider);

    return (struct subject){
        .text = folded(s->arena, sig->masked),
        .code = sig->reply_code,
        .status = sig->enhanced_status,
        .phase = sig->phase,
        .provider = sig->provider,
        .group = p ? p->group : STR(""),
        .kind = p ? p->kind : STR(""),
    };
}

static struct known *add(struct suggest *s, const struct classify_signature *sig, str category, str rule)
{
    if (s->count == s->room) {
        s->room = s->room * 2 + 1024;
        s->known = mem_grow(s->known, s->room * sizeof *s->known);
    }
    struct known *k = &s->known[s->count++];
    *k = (struct known){.subject = subject_of(s, sig), .masked = sig->masked, .category = category, .rule = rule};
    k->trigrams = trigrams_of(k->subject.text, s->arena);
    return k;
}

void suggest_add(struct suggest *suggest, const struct classify_signature *signature, str category, str rule)
{
    add(suggest, signature, category, rule);
}

static void add_evidence(struct suggest *s, const struct rule *rule)
{
    struct verdict v;

    for (const struct rule_evidence *e = rule->evidence; e; e = e->next) {
        if (!e->yes)
            continue;
        lint_classify(s->classifier, rule, e->text, &v);
        const struct classify_signature sig = {.masked = arena_str(s->arena, v.masked), .provider = STR("")};
        add(s, &sig, rule->category, rule->name)->evidence = true;
    }
}

struct suggest *suggest_new(struct classifier *classifier, struct arena *arena)
{
    struct suggest *s = mem_zero(1, sizeof *s);
    const struct rule *const *rules;
    const size_t count = ruleset_rules(classifier_rules(classifier), &rules);

    s->classifier = classifier;
    s->arena = arena;
    for (size_t i = 0; i < count; i++)
        add_evidence(s, rules[i]);
    return s;
}

void suggest_free(struct suggest *suggest)
{
    if (suggest)
        free(suggest->known);
    free(suggest);
}

/* ---- the nearest */

static bool is_unknown(const struct known *k)
{
    return str_eq(k->category, STR("unclassified"));
}

static void insert(struct suggestion *out, const struct suggest_known *k)
{
    size_t at = 0;

    for (size_t i = 0; i < out->near_count; i++)
        if (str_eq(out->near[i].rule, k->rule)) {
            if (out->near[i].likeness >= k->likeness)
                return;
            memmove(&out->near[i], &out->near[i + 1], (out->near_count - i - 1) * sizeof *out->near);
            out->near_count--;
            break;
        }
    while (at < out->near_count && out->near[at].likeness >= k->likeness)
        at++;
    if (at == SUGGEST_NEAR)
        return;
    if (out->near_count < SUGGEST_NEAR)
        out->near_count++;
    memmove(&out->near[at + 1], &out->near[at], (out->near_count - at - 1) * sizeof *out->near);
    out->near[at] = *k;
}

static void find_near(struct suggest *s, str text, struct suggestion *out)
{
    const struct trigrams own = trigrams_of(text, s->arena);

    for (size_t i = 0; i < s->count; i++) {
        const struct known *k = &s->known[i];
        if (is_unknown(k))
            continue;
        const struct suggest_known near = {k->masked, k->category, k->rule, trigrams_alike(&own, &k->trigrams)};
        if (near.likeness > 0)
            insert(out, &near);
    }
    out->named = out->near_count > 0 && out->near[0].likeness >= NEAR_ENOUGH;
}

/* ---- an expression: the words in their order, anything where the text varies */

static bool is_letter(char c)
{
    return str_is_alpha(c) || (unsigned char)c >= 0x80;
}

/* A word is letters, with what may stand between two of them ("can't", "over-quota"). */
static str take_letters(str *in)
{
    size_t n = 0;

    while (n < in->n &&
           (is_letter(in->p[n]) || (n > 0 && n + 1 < in->n && strchr("'-", in->p[n]) && is_letter(in->p[n + 1]))))
        n++;
    const str word = str_to(*in, n);
    *in = str_from(*in, n);
    return word;
}

/* What is no word: blanks and marks, a mask, or a token with digits. Answers whether words on both sides touch. */
static bool skip_gap(str *in)
{
    bool plain = true;

    while (in->n > 0 && !is_letter(in->p[0])) {
        const size_t end = in->p[0] == '<' ? str_find_char(*in, '>') : STR_NONE;
        plain = plain && in->p[0] == ' ';
        *in = str_from(*in, end == STR_NONE ? 1 : end + 1);
    }
    return plain;
}

static str expression_of(str text, struct arena *arena)
{
    struct buf buf = {0};
    size_t letters = 0;
    bool plain = true;

    skip_gap(&text);
    while (text.n > 0 && letters < PATTERN_LETTERS) {
        const str word = take_letters(&text);
        if (word.n == 0)
            break;
        if (letters > 0)
            plain ? buf_add_char(&buf, ' ') : buf_printf(&buf, ".{1,%d}", GAP_BYTES);
        buf_add(&buf, word); /* letters, ' and -: nothing that an expression takes for more */
        letters += word.n;
        plain = skip_gap(&text);
    }
    const str expression = letters >= PATTERN_LEAST ? arena_str(arena, buf_str(&buf)) : STR("");
    buf_free(&buf);
    return expression;
}

/* ---- the rule, tried on history */

struct draft {
    str name, category, expression, evidence, counter; /* counter: what it must not take; "" none */
    const struct classify_signature *signature;
    struct trigrams trigrams;
    bool with_code, with_provider;
};

static str write_rule(const struct draft *d, struct arena *arena)
{
    struct buf buf = {0};

    buf_printf(&buf, "rule %.*s\n    category  %.*s\n", STR_ARG(d->name), STR_ARG(d->category));
    if (d->with_code)
        buf_printf(&buf, "    code      %d\n", d->signature->reply_code);
    if (d->with_provider)
        buf_printf(&buf, "    provider  %.*s\n", STR_ARG(d->signature->provider));
    buf_printf(&buf, "    text      %.*s\n    yes       %.*s\n", STR_ARG(d->expression), STR_ARG(d->evidence));
    if (d->counter.n)
        buf_printf(&buf, "    no        %.*s\n", STR_ARG(d->counter));
    const str rule = arena_str(arena, buf_str(&buf));
    buf_free(&buf);
    return rule;
}

static void count_hit(struct suggestion *out, const struct known *k, str category)
{
    if (is_unknown(k))
        out->unknown++;
    else if (str_eq(k->category, category))
        out->same++;
    else {
        if (out->other < SUGGEST_CONFLICTS)
            out->conflicts[out->other] = (struct suggest_known){k->masked, k->category, k->rule, 0};
        out->other++;
    }
}

static bool evidence_holds(struct suggest *s, const struct rule *rule, str evidence)
{
    struct verdict v;

    lint_classify(s->classifier, rule, evidence, &v);
    const struct classify_signature sig = {v.masked, rule->providers, v.reply_code, v.enhanced_status, v.phase};
    const struct subject subject = subject_of(s, &sig);
    return rule_holds(rule, &subject);
}

/* A reply fit for one line of a rule file. */
static str one_line(str text, struct arena *arena)
{
    char *to = arena_alloc(arena, text.n + 1);

    for (size_t i = 0; i < text.n; i++)
        to[i] = (unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f ? ' ' : text.p[i];
    return str_trim((str){to, text.n});
}

/* Tries the rule on all of history, and on what is known beside it. Answers the nearest text of another category that
 * it leaves alone: where it ends. */
static const struct known *try_known(struct suggest *s, const struct draft *d, const struct rule *rule,
                                     struct suggestion *out)
{
    const struct known *beside = NULL;
    double best = 0;

    for (size_t i = 0; i < s->count; i++) {
        const struct known *k = &s->known[i];
        const bool taken = rule_holds(rule, &k->subject);
        if (taken && !k->evidence)
            count_hit(out, k, d->category);
        if (taken || is_unknown(k) || str_eq(k->category, d->category))
            continue;
        const double likeness = trigrams_alike(&d->trigrams, &k->trigrams);
        if (likeness > best) {
            best = likeness;
            beside = k;
        }
    }
    return beside;
}

/* False: it does not read as a rule, which is for a person to see. */
static bool try_rule(struct suggest *s, struct draft *d, struct suggestion *out)
{
    struct ruleset *set = ruleset_new();
    struct err err;

    d->counter = STR("");
    const bool good =
        ruleset_read(set, STR("proposed"), write_rule(d, s->arena), true, &err) && ruleset_finish(set, &err);
    const struct rule *rule = good ? ruleset_named(set, d->name) : NULL;
    const struct known *beside = NULL;
    out->same = out->unknown = out->other = 0;
    if (rule)
        beside = try_known(s, d, rule, out);
    if (beside)
        d->counter = one_line(beside->masked, s->arena);
    out->evidence = rule && evidence_holds(s, rule, d->evidence);
    out->rule = rule ? write_rule(d, s->arena) : STR("");
    ruleset_free(set);
    return rule != NULL;
}

/* The code and status that the log knew apart from the text belong in front. */
static str evidence_of(const struct classify_signature *sig, str sample, struct arena *arena)
{
    const str text = one_line(sample.n ? sample : sig->masked, arena);
    char code[16] = "", status[ESC_TEXT];

    if (sample.n)
        return text;
    if (sig->reply_code)
        snprintf(code, sizeof code, "%d ", sig->reply_code);
    esc_text(sig->enhanced_status, status);
    return arena_printf(arena, "%s%s%s%.*s", code, status, status[0] ? " " : "", STR_ARG(text));
}

void suggest_rule(struct suggest *s, const struct classify_signature *sig, str sample, struct suggestion *out)
{
    const str text = folded(s->arena, sig->masked);
    struct draft d = {
        .expression = expression_of(text, s->arena), .signature = sig, .trigrams = trigrams_of(text, s->arena)};

    *out = (struct suggestion){.rule = STR("")};
    find_near(s, text, out);
    if (d.expression.n == 0)
        return;
    d.category = out->named ? out->near[0].category : STR("unclassified");
    d.name = arena_printf(s->arena, "own.%.*s.%08x", STR_ARG(d.category), (unsigned)hash64(text, 0));
    d.evidence = evidence_of(sig, sample, s->arena);
    if (!try_rule(s, &d, out))
        return;
    if (!out->evidence && sample.n) { /* a sample in words that are read otherwise when they stand alone */
        d.evidence = evidence_of(sig, STR(""), s->arena);
        try_rule(s, &d, out);
    }
    d.with_code = sig->reply_code > 0;
    if (out->other > 0 && d.with_code)
        try_rule(s, &d, out);
    d.with_provider = sig->provider.n > 0;
    if (out->other > 0 && d.with_provider)
        try_rule(s, &d, out);
}

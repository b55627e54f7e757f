#include "classify/conditions.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/table.h"

enum { KEPT_MAX = 1024 };

struct conditions {
    const struct rule *const *units;
    size_t count, words;
    bool asks_codes, asks_provider, asks_phase; /* does any rule? */
    struct table codes, providers, phases;      /* uint64_t key -> bit set of units */
};

/* ---------------------------------------------------------------- one rule */

bool rule_text_matches(struct rule_text *text, str subject)
{
    struct err err;

    if (!text->pattern)
        text->pattern = pattern_new(text->folded, text->flags, &err);
    return text->pattern && pattern_match(text->pattern, subject) == PATTERN_YES;
}

bool rule_texts_match(struct rule_text *texts, str subject)
{
    for (struct rule_text *t = texts; t; t = t->next)
        if (rule_text_matches(t, subject))
            return true;
    return false;
}

static bool codes_match(const struct rule *rule, const struct subject *s)
{
    char code[16], status[ESC_TEXT];
    const int n = rule->code && s->code ? snprintf(code, sizeof code, "%d", s->code) : 0;

    return (!rule->code || rule_texts_match(rule->code, (str){code, (size_t)n})) &&
           (!rule->status || rule_texts_match(rule->status, str_of(esc_text(s->status, status))));
}

static bool phase_matches(const struct rule *rule, const struct subject *s)
{
    return rule->phases == 0 || (rule->phases >> s->phase & 1);
}

static bool provider_matches(const struct rule *rule, const struct subject *s)
{
    str words = rule->providers, word;

    while (s->provider.n && str_take_word(&words, &word))
        if (str_eq(word, s->provider) || str_eq(word, s->group) ||
            (str_take(&word, STR("kind:")) && str_eq(word, s->kind)))
            return true;
    return rule->providers.n == 0;
}

bool rule_conditions_hold(const struct rule *rule, const struct subject *s)
{
    return phase_matches(rule, s) && provider_matches(rule, s) && codes_match(rule, s);
}

/* ---------------------------------------------------------------- all of them */

struct conditions *conditions_new(const struct rule *const *units, size_t count)
{
    struct conditions *c = mem_zero(1, sizeof *c);

    c->units = units;
    c->count = count;
    c->words = (count + 63) / 64;
    table_init(&c->codes, sizeof(uint64_t), c->words * sizeof(uint64_t));
    table_init(&c->providers, sizeof(uint64_t), c->words * sizeof(uint64_t));
    table_init(&c->phases, sizeof(uint64_t), c->words * sizeof(uint64_t));
    for (size_t i = 0; i < count; i++) {
        c->asks_codes |= units[i]->code || units[i]->status;
        c->asks_provider |= units[i]->providers.n > 0;
        c->asks_phase |= units[i]->phases != 0;
    }
    return c;
}

void conditions_free(struct conditions *c)
{
    if (!c)
        return;
    table_free(&c->codes);
    table_free(&c->providers);
    table_free(&c->phases);
    free(c);
}

typedef bool condition(const struct rule *rule, const struct subject *s);

/* Units of one rule stand behind each other. */
static void work_out(const struct conditions *c, condition *holds, const struct subject *s, uint64_t *bits)
{
    bool held = false;

    for (size_t i = 0; i < c->count; i++) {
        if (i == 0 || c->units[i] != c->units[i - 1])
            held = holds(c->units[i], s);
        bits[i / 64] |= (uint64_t)held << (i % 64);
    }
}

static const uint64_t *bits_for(const struct conditions *c, struct table *kept, uint64_t key, condition *holds,
                                const struct subject *s)
{
    uint64_t *bits = table_find(kept, &key);
    bool added;

    if (bits)
        return bits;
    if (kept->count >= KEPT_MAX)
        table_clear(kept);
    bits = table_add(kept, &key, &added);
    work_out(c, holds, s, bits);
    return bits;
}

static void narrow(const struct conditions *c, const uint64_t *held, uint64_t *units)
{
    for (size_t i = 0; i < c->words; i++)
        units[i] &= held[i];
}

static uint64_t codes_key(const struct subject *s)
{
    return (uint64_t)(uint32_t)s->code << 32 | (uint64_t)s->status.class << 24 | (uint64_t)s->status.subject << 12 |
           s->status.detail; /* 999 at most, each */
}

static uint64_t provider_key(const struct subject *s)
{
    return s->provider.n ? hash64_more(hash64_more(hash64(s->provider, 1), s->group), s->kind) : 0;
}

void conditions_narrow(struct conditions *c, const struct subject *s, uint64_t *units)
{
    if (c->asks_codes)
        narrow(c, bits_for(c, &c->codes, codes_key(s), codes_match, s), units);
    if (c->asks_provider)
        narrow(c, bits_for(c, &c->providers, provider_key(s), provider_matches, s), units);
    if (c->asks_phase)
        narrow(c, bits_for(c, &c->phases, (uint64_t)s->phase, phase_matches, s), units);
}

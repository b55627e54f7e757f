/*
 * prefilter - which rules can match a text at all: Aho-Corasick over the literals they need.
 *
 * One pass over the text, however many rules there are; the candidates are then confirmed in rule
 * order by their expressions, so that the answer is the one of trying all rules in turn.
 *
 * Ownership  the prefilter owns its automaton; sets of candidates are bit sets of the caller.
 * Limits     memory is 4 bytes x classes of bytes x states: 10,000 literals of 10 bytes take about 15 MiB.
 */
#pragma once
#include "classify/literal.h"

struct prefilter;

struct prefilter *prefilter_new(void);
void prefilter_free(struct prefilter *prefilter);
/* Rule `rule` is a candidate where one of the literals stands; without literals, always. Before prefilter_build(). */
void prefilter_add(struct prefilter *prefilter, size_t rule, const struct literals *literals);
void prefilter_build(struct prefilter *prefilter);

static inline size_t prefilter_words(size_t rules)
{
    return (rules + 63) / 64;
}
/* Sets the bits of the candidates among prefilter_words() words (all words are written). */
void prefilter_run(const struct prefilter *prefilter, str text, uint64_t *candidates);
/* Rules without a literal: tried on every text. */
size_t prefilter_always(const struct prefilter *prefilter);

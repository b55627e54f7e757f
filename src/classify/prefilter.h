/*
 * prefilter - which expressions can match a text at all: Aho-Corasick over the literals they need.
 *
 * One pass over the text, however many expressions there are. Each may need one of each of two sets
 * of literals; the candidates are then confirmed in order, so that the answer is the one of trying
 * all in turn.
 *
 * Ownership  the prefilter owns its automaton; sets of candidates are bit sets of the caller.
 * Limits     memory is 4 bytes x classes of bytes x states: 10,000 literals of 10 bytes take about 15 MiB.
 */
#pragma once
#include "classify/literal.h"

struct prefilter;

struct prefilter *prefilter_new(void);
void prefilter_free(struct prefilter *prefilter);
/* Unit `unit` is a candidate where one literal of each set stands; an empty set asks nothing. Before prefilter_build(). */
void prefilter_add(struct prefilter *prefilter, size_t unit, const struct literals sets[2]);
void prefilter_build(struct prefilter *prefilter, bool caseless); /* caseless: ASCII letters of the text; literals are lower case */

static inline size_t prefilter_words(size_t units)
{
    return (units + 63) / 64;
}
/* Sets the bits of the candidates in the first prefilter_words() words; there must be room for twice as many. */
void prefilter_run(const struct prefilter *prefilter, str text, uint64_t *candidates);
/* Units without a literal: tried on every text. */
size_t prefilter_always(const struct prefilter *prefilter);

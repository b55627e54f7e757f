/*
 * prefilter - which expressions can match a text at all: a look for the literals they need, all at once.
 *
 * Of each literal four bytes (of a shorter one, all) are chosen, those that tell most; a bit map of the ones chosen
 * answers for nearly every place of a text at once that none of the literals stands there. Unlike with an automaton
 * no step waits for the one before, and what is touched stays in the nearest cache, however many expressions there are.
 * Each expression may need one of each of two sets of literals; the candidates are then confirmed in order, so that
 * the answer is the one of trying all in turn.
 *
 * Ownership  the prefilter owns what it built; sets of candidates are bit sets of the caller.
 * Limits     literals are of LITERAL_MIN bytes or more. Memory is about 100 bytes a literal.
 */
#pragma once
#include "classify/literal.h"

struct prefilter;

struct prefilter *prefilter_new(void);
void prefilter_free(struct prefilter *prefilter);
/* Unit `unit` is a candidate where one literal of each set stands; an empty set asks nothing. Before prefilter_build(). */
void prefilter_add(struct prefilter *prefilter, size_t unit, const struct literals sets[2]);
void prefilter_build(struct prefilter *prefilter);

static inline size_t prefilter_words(size_t units)
{
    return (units + 63) / 64;
}
/* Sets the bits of the candidates in the first prefilter_words() words; there must be room for twice as many. */
void prefilter_run(const struct prefilter *prefilter, str text, uint64_t *candidates);
/* Units without a literal: tried on every text. */
size_t prefilter_always(const struct prefilter *prefilter);

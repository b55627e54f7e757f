/*
 * trigram - how alike two texts are: by the runs of three characters that both have.
 *
 * Two words more or less, another order, another ending change little; another subject changes much. Placeholders of
 * masked texts ("<host>") count for nothing.
 *
 * Ownership  the set is in the caller's arena.
 * Limits     the first TRIGRAM_TEXT bytes of a text.
 */
#pragma once
#include "base/arena.h"

enum { TRIGRAM_TEXT = 1024 };

struct trigrams {
    const uint32_t *items; /* sorted, each once */
    size_t count;
};

/* text: masked and folded. */
struct trigrams trigrams_of(str text, struct arena *arena);
/* 0 nothing in common .. 1 the same set; two empty ones have nothing in common. */
double trigrams_alike(const struct trigrams *a, const struct trigrams *b);

/*
 * pairs - which pairs of neighbouring characters a text has, ASCII letters in either case.
 *
 * A text that lacks one of a needle's pairs does not hold the needle, so many needles can be looked for in one text
 * with one pass over it and a real search only for those few that may be there. Pairs share places: "may" is wrong at
 * times, "no" never. What is said of a text holds for all its parts.
 */
#pragma once
#include "base/str.h"

enum { PAIRS_WORDS = 32 };

struct pairs {
    uint64_t bits[PAIRS_WORDS];
};

static inline unsigned pairs_place(char a, char b)
{
    const unsigned x = (unsigned char)a | 0x20, y = (unsigned char)b | 0x20; /* folds more than letters: only "may" suffers */

    return (x * 67 + y * 5) % (PAIRS_WORDS * 64);
}

static inline void pairs_of(str text, struct pairs *out)
{
    *out = (struct pairs){{0}};
    for (size_t i = 1; i < text.n; i++) {
        const unsigned place = pairs_place(text.p[i - 1], text.p[i]);
        out->bits[place / 64] |= (uint64_t)1 << place % 64;
    }
}

static inline bool pairs_may_hold(const struct pairs *pairs, str needle)
{
    for (size_t i = 1; i < needle.n; i++) {
        const unsigned place = pairs_place(needle.p[i - 1], needle.p[i]);
        if (!(pairs->bits[place / 64] >> place % 64 & 1))
            return false;
    }
    return true;
}

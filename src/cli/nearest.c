#include "cli/nearest.h"

enum { MAX_WORD = 63 };

struct nearest nearest_start(str given)
{
    /* One slip in a short word, two in a longer one. */
    return (struct nearest){given, NULL, given.n < 4 ? 2 : 3};
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Edits (insert, drop, change, swap of neighbours) from a to b: Damerau's distance, three rows of its table. */
static unsigned edits(str a, str b)
{
    unsigned rows[3][MAX_WORD + 1];

    for (unsigned j = 0; j <= b.n; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= a.n; i++) {
        unsigned *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

        now[0] = i;
        for (unsigned j = 1; j <= b.n; j++) {
            const bool same = str_lower_char(a.p[i - 1]) == str_lower_char(b.p[j - 1]);

            now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + !same);
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return rows[a.n % 3][b.n];
}

void nearest_offer(struct nearest *nearest, const char *name)
{
    const str word = str_of(name);

    if (nearest->given.n > MAX_WORD || word.n > MAX_WORD)
        return;
    /* The beginning of a word counts as one edit: "supp" for suppression. */
    const bool begins = nearest->given.n >= 3 && str_starts_nocase(word, nearest->given);
    const unsigned distance = begins ? 1 : edits(nearest->given, word);

    if (distance < nearest->distance) {
        nearest->distance = distance;
        nearest->best = name;
    }
}

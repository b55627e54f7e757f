#include "classify/trigram.h"

#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* Letters as they are, all else one blank between words; placeholders are left out. */
static size_t words_of(str text, unsigned char out[TRIGRAM_TEXT + 2])
{
    size_t n = 0;
    bool open = false;

    out[n++] = ' ';
    for (size_t i = 0; i < text.n && n < TRIGRAM_TEXT; i++) {
        const unsigned char c = (unsigned char)text.p[i];
        open = c == '<' || (open && c != '>');
        if (!open && (c >= 0x80 || str_is_alpha((char)c)))
            out[n++] = c;
        else if (out[n - 1] != ' ')
            out[n++] = ' ';
    }
    if (out[n - 1] != ' ')
        out[n++] = ' ';
    return n;
}

struct trigrams trigrams_of(str text, struct arena *arena)
{
    unsigned char words[TRIGRAM_TEXT + 2];
    const size_t n = words_of(str_to(text, TRIGRAM_TEXT), words);
    uint32_t *items = arena_alloc(arena, (n + 1) * sizeof *items);
    size_t count = 0, kept = 0;

    for (size_t i = 0; i + 2 < n; i++)
        items[count++] = (uint32_t)words[i] << 16 | (uint32_t)words[i + 1] << 8 | words[i + 2];
    if (count)
        qsort(items, count, sizeof *items, by_value);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || items[i] != items[kept - 1])
            items[kept++] = items[i];
    return (struct trigrams){items, kept};
}

double trigrams_alike(const struct trigrams *a, const struct trigrams *b)
{
    size_t i = 0, j = 0, common = 0;

    while (i < a->count && j < b->count)
        if (a->items[i] == b->items[j])
            common++, i++, j++;
        else if (a->items[i] < b->items[j])
            i++;
        else
            j++;
    return common ? 2.0 * (double)common / (double)(a->count + b->count) : 0;
}

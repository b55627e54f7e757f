#include "classify/prefilter.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/table.h"

/* Literals of four bytes and more are found by four of them, the others by two. */
enum { SHORT, LONG, LANES, COUNT_BITS = 16, PLACES = 256, OUTPUTS = 3, LINE = 64 };

/* A literal. Those of one gram stand behind each other. All that a hit needs is in one line of the cache. */
struct needle {
    char p[LITERAL_BYTES];
    unsigned char n, at; /* at: where its gram begins in it */
    bool last;           /* of its gram */
    unsigned char outputs;
    uint32_t more;           /* index + 1 of further outputs, 0 none */
    uint32_t slot[OUTPUTS];  /* word * 2 + set; once built, its place in the two bit sets behind each other */
    uint64_t units[OUTPUTS]; /* that need the literal, in that word of that set */
};
_Static_assert(sizeof(struct needle) == LINE, "a needle fills a line");

struct output { /* the same, where there are more */
    uint64_t units;
    uint32_t slot, next; /* next: index + 1, 0 ends */
};

struct slot {
    uint32_t gram, first; /* first: index + 1 of its first needle; 0: the slot is empty */
};

struct lane {
    uint32_t width, mask;
    uint64_t *map;      /* bit set of hashes of grams */
    struct slot *slots; /* open addressing */
    unsigned map_shift, slot_shift;
};

struct key { /* of a literal */
    char p[LITERAL_BYTES];
    uint32_t n;
};

struct prefilter {
    struct table known; /* struct key -> index of its needle; until it is built */
    struct needle *needles; /* in `memory`, at the beginning of a line */
    void *memory;
    struct output *outputs;
    size_t needle_count, needle_room, output_count, output_room;
    struct lane lanes[LANES];
    size_t units, always_count;
    uint64_t *free[2]; /* bit sets: units that ask nothing of the first, of the second set */
};

struct prefilter *prefilter_new(void)
{
    struct prefilter *f = mem_zero(1, sizeof *f);

    table_init(&f->known, sizeof(struct key), sizeof(uint32_t));
    f->lanes[SHORT] = (struct lane){.width = 2, .mask = UINT16_MAX};
    f->lanes[LONG] = (struct lane){.width = 4, .mask = UINT32_MAX};
    return f;
}

void prefilter_free(struct prefilter *f)
{
    if (!f)
        return;
    for (int i = 0; i < LANES; i++) {
        free(f->lanes[i].map);
        free(f->lanes[i].slots);
    }
    table_free(&f->known);
    free(f->memory ? f->memory : f->needles);
    free(f->outputs);
    free(f->free[0]);
    free(f->free[1]);
    free(f);
}

/* ---------------------------------------------------------------- literals and their units */

static void make_room(struct prefilter *f, size_t units)
{
    const size_t old = prefilter_words(f->units), new = prefilter_words(units);

    if (units <= f->units)
        return;
    for (int set = 0; set < 2; set++) {
        f->free[set] = mem_grow(f->free[set], new * sizeof **f->free);
        memset(f->free[set] + old, 0, (new - old) * sizeof **f->free);
    }
    f->units = units;
}

static void add_needle(struct prefilter *f, const struct literal *l)
{
    if (f->needle_count == f->needle_room) {
        f->needle_room = f->needle_room * 2 + 64;
        f->needles = mem_grow(f->needles, f->needle_room * sizeof *f->needles);
    }
    f->needles[f->needle_count] = (struct needle){.n = l->n};
    memcpy(f->needles[f->needle_count++].p, l->p, l->n);
}

static struct needle *needle_of(struct prefilter *f, const struct literal *l)
{
    struct key key = {.n = l->n};
    bool added;
    uint32_t *index;

    assert(l->n >= LITERAL_MIN && l->n <= LITERAL_BYTES);
    memcpy(key.p, l->p, l->n);
    index = table_add(&f->known, &key, &added);
    if (added) {
        *index = (uint32_t)f->needle_count;
        add_needle(f, l);
    }
    return &f->needles[*index];
}

static void add_more(struct prefilter *f, struct needle *needle, uint32_t slot, uint64_t units)
{
    for (uint32_t o = needle->more; o; o = f->outputs[o - 1].next)
        if (f->outputs[o - 1].slot == slot) {
            f->outputs[o - 1].units |= units;
            return;
        }
    if (f->output_count == f->output_room) {
        f->output_room = f->output_room * 2 + 64;
        f->outputs = mem_grow(f->outputs, f->output_room * sizeof *f->outputs);
    }
    f->outputs[f->output_count] = (struct output){units, slot, needle->more};
    needle->more = (uint32_t)++f->output_count;
}

static void add_output(struct prefilter *f, struct needle *needle, size_t unit, unsigned set)
{
    const uint32_t slot = (uint32_t)(unit / 64 * 2) + set;
    const uint64_t units = UINT64_C(1) << (unit % 64);
    size_t i = 0;

    while (i < needle->outputs && needle->slot[i] != slot)
        i++;
    if (i == OUTPUTS) {
        add_more(f, needle, slot, units);
        return;
    }
    needle->slot[i] = slot;
    needle->units[i] |= units;
    needle->outputs += i == needle->outputs;
}

void prefilter_add(struct prefilter *f, size_t unit, const struct literals sets[2])
{
    make_room(f, unit + 1);
    f->always_count += sets[0].count == 0 && sets[1].count == 0;
    for (unsigned set = 0; set < 2; set++) {
        if (sets[set].count == 0)
            f->free[set][unit / 64] |= UINT64_C(1) << (unit % 64);
        for (size_t i = 0; i < sets[set].count; i++)
            add_output(f, needle_of(f, &sets[set].text[i]), unit, set);
    }
}

/* ---------------------------------------------------------------- grams */

static uint32_t bytes_of(const char *p, size_t width)
{
    uint32_t bytes = 0;

    memcpy(&bytes, p, width);
    return bytes;
}

static uint32_t scatter(uint32_t gram)
{
    return gram * UINT32_C(0x9e3779b1); /* 2^32 / golden ratio: its high bits hang on all of the gram's */
}

static const struct lane *lane_of(const struct prefilter *f, const struct needle *needle)
{
    return &f->lanes[needle->n < 4 ? SHORT : LONG];
}

static uint32_t gram_of(const struct needle *needle)
{
    return bytes_of(needle->p + needle->at, needle->n < 4 ? 2 : 4);
}

static uint16_t *count_of(uint16_t *counts, const struct needle *needle, size_t at, size_t width)
{
    return &counts[scatter(bytes_of(needle->p + at, width)) >> (32 - COUNT_BITS)];
}

static void count_grams(const struct prefilter *f, uint16_t *counts)
{
    for (size_t i = 0; i < f->needle_count; i++) {
        const size_t width = lane_of(f, &f->needles[i])->width;
        for (size_t at = 0; at + width <= f->needles[i].n; at++) {
            uint16_t *n = count_of(counts, &f->needles[i], at, width);
            *n += *n < UINT16_MAX;
        }
    }
}

static void choose_gram(struct needle *needle, uint16_t *counts, size_t width)
{
    unsigned least = UINT_MAX;

    for (size_t at = 0; at + width <= needle->n; at++) {
        const unsigned n = *count_of(counts, needle, at, width);
        if (n < least) {
            least = n;
            needle->at = (unsigned char)at;
        }
    }
}

/* What stands in many literals stands in many texts: of each those bytes are taken that stand in the fewest. */
static void choose_grams(struct prefilter *f)
{
    uint16_t *counts = mem_zero((size_t)1 << COUNT_BITS, sizeof *counts);

    count_grams(f, counts);
    for (size_t i = 0; i < f->needle_count; i++)
        choose_gram(&f->needles[i], counts, lane_of(f, &f->needles[i])->width);
    free(counts);
}

/* ---------------------------------------------------------------- lanes */

static int by_gram(const void *a, const void *b)
{
    const struct needle *x = a, *y = b;

    if ((x->n < 4) != (y->n < 4))
        return x->n < 4 ? -1 : 1;
    if (gram_of(x) != gram_of(y))
        return gram_of(x) < gram_of(y) ? -1 : 1;
    return str_compare((str){x->p, x->n}, (str){y->p, y->n});
}

static size_t order_needles(struct prefilter *f, size_t grams[LANES])
{
    size_t shorts = 0;

    if (f->needle_count)
        qsort(f->needles, f->needle_count, sizeof *f->needles, by_gram);
    for (size_t i = 0; i < f->needle_count; i++) {
        struct needle *n = &f->needles[i];
        const bool is_short = n->n < 4;
        n->last = i + 1 == f->needle_count || (n[1].n < 4) != is_short || gram_of(&n[1]) != gram_of(n);
        grams[is_short ? SHORT : LONG] += n->last;
        shorts += is_short;
    }
    return shorts;
}

static uint32_t place_of(const struct prefilter *f, uint32_t slot)
{
    return slot % 2 * (uint32_t)prefilter_words(f->units) + slot / 2;
}

static void place_outputs(struct prefilter *f)
{
    for (size_t i = 0; i < f->needle_count; i++)
        for (size_t k = 0; k < OUTPUTS; k++)
            f->needles[i].slot[k] = place_of(f, f->needles[i].slot[k]);
    for (size_t i = 0; i < f->output_count; i++)
        f->outputs[i].slot = place_of(f, f->outputs[i].slot);
}

/* Each into a line of its own. */
static void align_needles(struct prefilter *f)
{
    struct needle *aligned;

    f->memory = mem_alloc((f->needle_count + 1) * sizeof *f->needles);
    aligned = (struct needle *)(((uintptr_t)f->memory + LINE - 1) / LINE * LINE);
    if (f->needle_count)
        memcpy(aligned, f->needles, f->needle_count * sizeof *aligned);
    free(f->needles);
    f->needles = aligned;
}

static unsigned bits_for(size_t count)
{
    unsigned bits = 6;

    while (bits < 31 && (size_t)1 << bits < count)
        bits++;
    return bits;
}

static void add_gram(struct lane *lane, uint32_t gram, size_t first)
{
    const uint32_t hash = scatter(gram), bit = hash >> lane->map_shift, last = UINT32_MAX >> lane->slot_shift;
    uint32_t i = hash >> lane->slot_shift;

    lane->map[bit / 64] |= UINT64_C(1) << (bit % 64);
    while (lane->slots[i].first)
        i = (i + 1) & last;
    lane->slots[i] = (struct slot){gram, (uint32_t)first};
}

/* One bit of 16 is set: a place where no gram stands is mostly seen to be one without another look. */
static void build_lane(struct prefilter *f, struct lane *lane, size_t grams, size_t from, size_t end)
{
    const unsigned map_bits = bits_for(grams * 16), slot_bits = bits_for(grams * 2);

    lane->map_shift = 32 - map_bits;
    lane->slot_shift = 32 - slot_bits;
    lane->map = mem_zero((size_t)1 << map_bits >> 6, sizeof *lane->map);
    lane->slots = mem_zero((size_t)1 << slot_bits, sizeof *lane->slots);
    for (size_t i = from; i < end; i++)
        if (i == from || f->needles[i - 1].last)
            add_gram(lane, gram_of(&f->needles[i]), i + 1);
}

void prefilter_build(struct prefilter *f)
{
    size_t grams[LANES] = {0}, shorts;

    table_free(&f->known);
    choose_grams(f);
    shorts = order_needles(f, grams);
    place_outputs(f);
    align_needles(f);
    build_lane(f, &f->lanes[SHORT], grams[SHORT], 0, shorts);
    build_lane(f, &f->lanes[LONG], grams[LONG], shorts, f->needle_count);
}

/* ---------------------------------------------------------------- looking */

/* Where a literal may stand, and what stands there. */
struct places {
    size_t count;
    struct place {
        uint32_t at, gram;
    } of[PLACES + 1];
};

/* The bytes of a and of b from `from` on, a word of them. */
static bool differ(const char *a, const char *b, size_t from, size_t width)
{
    uint64_t x = 0, y = 0;

    memcpy(&x, a + from, width);
    memcpy(&y, b + from, width);
    return x != y;
}

/* Words that overlap at the end; n is 2 at least. */
static bool is_same(const char *a, const char *b, size_t n)
{
    if (n >= 8) {
        for (size_t i = 0; i + 8 < n; i += 8)
            if (differ(a, b, i, 8))
                return false;
        return !differ(a, b, n - 8, 8);
    }
    return n >= 4 ? !differ(a, b, 0, 4) && !differ(a, b, n - 4, 4) : !differ(a, b, 0, 2) && !differ(a, b, n - 2, 2);
}

static bool stands_at(const struct needle *needle, str text, size_t at)
{
    return at >= needle->at && at - needle->at + needle->n <= text.n &&
           is_same(text.p + at - needle->at, needle->p, needle->n);
}

static const struct slot *slot_at(const struct lane *lane, uint32_t gram)
{
    return &lane->slots[scatter(gram) >> lane->slot_shift];
}

static const struct needle *needles_of(const struct prefilter *f, const struct lane *lane, uint32_t gram)
{
    const uint32_t last = UINT32_MAX >> lane->slot_shift;
    uint32_t i = (uint32_t)(slot_at(lane, gram) - lane->slots);

    while (lane->slots[i].first && lane->slots[i].gram != gram)
        i = (i + 1) & last;
    return lane->slots[i].first ? &f->needles[lane->slots[i].first - 1] : NULL;
}

static void mark(const struct prefilter *f, const struct needle *needle, uint64_t *bits)
{
    for (size_t i = 0; i < OUTPUTS; i++) /* all, used or not: there is nothing to guess then */
        bits[needle->slot[i]] |= needle->units[i];
    for (uint32_t o = needle->more; o; o = f->outputs[o - 1].next)
        bits[f->outputs[o - 1].slot] |= f->outputs[o - 1].units;
}

/* What will be looked at is fetched first: then all of it is on its way at once. */
static void look(const struct prefilter *f, const struct lane *lane, str text, const struct places *places, uint64_t *bits)
{
    const struct needle *needles[PLACES], *needle;

    for (size_t i = 0; i < places->count; i++)
        __builtin_prefetch(slot_at(lane, places->of[i].gram));
    for (size_t i = 0; i < places->count; i++) {
        needles[i] = needles_of(f, lane, places->of[i].gram);
        __builtin_prefetch(needles[i]);
    }
    for (size_t i = 0; i < places->count; i++)
        for (needle = needles[i]; needle; needle = needle->last ? NULL : needle + 1)
            if (stands_at(needle, text, places->of[i].at))
                mark(f, needle, bits);
}

/* Each place is noted, and overwritten by the next one if nothing stands there: nothing has to be guessed ahead. */
static size_t note(const struct lane *lane, uint32_t bytes, size_t at, struct places *places, size_t count)
{
    const uint32_t gram = bytes & lane->mask, bit = scatter(gram) >> lane->map_shift;

    places->of[count] = (struct place){(uint32_t)at, gram};
    return count + (lane->map[bit / 64] >> (bit % 64) & 1);
}

static void scan(const struct prefilter *f, str text, size_t from, uint64_t *bits)
{
    const struct lane shorts = f->lanes[SHORT], longs = f->lanes[LONG];
    const size_t end = from + PLACES < text.n ? from + PLACES : text.n;
    struct places s, l;
    size_t at = from;

    s.count = l.count = 0;
    for (; at < end && at + 4 <= text.n; at++) {
        const uint32_t bytes = bytes_of(text.p + at, 4);
        s.count = note(&shorts, bytes, at, &s, s.count);
        l.count = note(&longs, bytes, at, &l, l.count);
    }
    for (; at < end && at + 2 <= text.n; at++)
        s.count = note(&shorts, bytes_of(text.p + at, 2), at, &s, s.count);
    look(f, &shorts, text, &s, bits);
    look(f, &longs, text, &l, bits);
}

void prefilter_run(const struct prefilter *f, str text, uint64_t *candidates)
{
    const size_t words = prefilter_words(f->units);
    uint64_t *second = candidates + words;

    if (words == 0)
        return;
    memcpy(candidates, f->free[0], words * sizeof *candidates);
    memcpy(second, f->free[1], words * sizeof *candidates);
    for (size_t from = 0; from < text.n; from += PLACES)
        scan(f, text, from, candidates);
    for (size_t i = 0; i < words; i++)
        candidates[i] &= second[i];
}

size_t prefilter_always(const struct prefilter *f)
{
    return f->always_count;
}

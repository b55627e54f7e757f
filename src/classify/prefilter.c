#include "classify/prefilter.h"

#include <stdlib.h>

#include "base/arena.h"

struct entry { /* one literal of one unit, until the automaton is built */
    struct literal literal;
    uint32_t bit;
};

struct output { /* bits of a state's literals, linked */
    uint32_t bit, next; /* bit: unit * 2 + set; next: index + 1, 0 ends */
};

struct prefilter {
    struct entry *entries;
    size_t entry_count, entry_room;
    uint16_t class[256]; /* 0: a byte of no literal */
    size_t classes, states, units, always_count;
    uint32_t *move;   /* states x classes */
    uint32_t *first;  /* state -> index of its first output + 1, its suffixes' included by `more` */
    uint32_t *more;   /* state -> the next shorter suffix that has outputs, 0 none */
    struct output *outputs;
    size_t output_count;
    uint64_t *free[2]; /* bit sets: units that ask nothing of the first, of the second set */
};

struct prefilter *prefilter_new(void)
{
    return mem_zero(1, sizeof(struct prefilter));
}

void prefilter_free(struct prefilter *f)
{
    if (!f)
        return;
    free(f->entries);
    free(f->move);
    free(f->first);
    free(f->more);
    free(f->outputs);
    free(f->free[0]);
    free(f->free[1]);
    free(f);
}

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

static void add_entry(struct prefilter *f, const struct literal *literal, uint32_t bit)
{
    if (f->entry_count == f->entry_room) {
        f->entry_room = f->entry_room * 2 + 64;
        f->entries = mem_grow(f->entries, f->entry_room * sizeof *f->entries);
    }
    f->entries[f->entry_count++] = (struct entry){*literal, bit};
}

void prefilter_add(struct prefilter *f, size_t unit, const struct literals sets[2])
{
    make_room(f, unit + 1);
    f->always_count += sets[0].count == 0 && sets[1].count == 0;
    for (uint32_t set = 0; set < 2; set++) {
        if (sets[set].count == 0)
            f->free[set][unit / 64] |= UINT64_C(1) << (unit % 64);
        for (size_t i = 0; i < sets[set].count; i++)
            add_entry(f, &sets[set].text[i], (uint32_t)unit * 2 + set);
    }
}

static size_t number_bytes(struct prefilter *f)
{
    size_t states = 1;

    f->classes = 1;
    for (size_t i = 0; i < f->entry_count; i++) {
        const struct literal *l = &f->entries[i].literal;
        states += l->n;
        for (size_t k = 0; k < l->n; k++) {
            uint16_t *class = &f->class[(unsigned char)l->p[k]];
            if (*class == 0)
                *class = (uint16_t)f->classes++;
        }
    }
    return states;
}

/* The trie: a state for each beginning of a literal; 0 is the root and "no move" until the links are made. */
static void insert(struct prefilter *f, const struct entry *e)
{
    uint32_t state = 0;

    for (size_t k = 0; k < e->literal.n; k++) {
        uint32_t *move = &f->move[state * f->classes + f->class[(unsigned char)e->literal.p[k]]];
        if (*move == 0)
            *move = (uint32_t)f->states++;
        state = *move;
    }
    f->outputs[f->output_count] = (struct output){e->bit, f->first[state]};
    f->first[state] = (uint32_t)++f->output_count;
}

/* Breadth first: a missing move is the one of the longest proper suffix, which is complete by then. */
static void link_states(struct prefilter *f)
{
    uint32_t *queue = mem_alloc(f->states * sizeof *queue), *suffix = mem_zero(f->states, sizeof *suffix);
    size_t head = 0, tail = 0;

    for (size_t c = 0; c < f->classes; c++)
        if (f->move[c])
            queue[tail++] = f->move[c];
    while (head < tail) {
        const uint32_t state = queue[head++], back = suffix[state];

        f->more[state] = f->first[back] ? back : f->more[back];
        for (size_t c = 0; c < f->classes; c++) {
            uint32_t *move = &f->move[state * f->classes + c];
            if (*move) {
                suffix[*move] = f->move[back * f->classes + c];
                queue[tail++] = *move;
            } else
                *move = f->move[back * f->classes + c];
        }
    }
    free(queue);
    free(suffix);
}

void prefilter_build(struct prefilter *f, bool caseless)
{
    const size_t room = number_bytes(f);

    for (int c = 'A'; caseless && c <= 'Z'; c++)
        f->class[c] = f->class[c | 0x20];

    f->move = mem_zero(room * f->classes, sizeof *f->move);
    f->first = mem_zero(room, sizeof *f->first);
    f->more = mem_zero(room, sizeof *f->more);
    f->outputs = mem_zero(f->entry_count + 1, sizeof *f->outputs);
    f->states = 1;
    for (size_t i = 0; i < f->entry_count; i++)
        insert(f, &f->entries[i]);
    link_states(f);
    free(f->entries);
    f->entries = NULL;
}

static void mark(const struct prefilter *f, uint32_t state, uint64_t *bits[2])
{
    for (; state; state = f->more[state])
        for (uint32_t o = f->first[state]; o; o = f->outputs[o - 1].next) {
            const uint32_t bit = f->outputs[o - 1].bit, unit = bit / 2;
            bits[bit % 2][unit / 64] |= UINT64_C(1) << (unit % 64);
        }
}

void prefilter_run(const struct prefilter *f, str text, uint64_t *candidates)
{
    const size_t words = prefilter_words(f->units);
    uint64_t *bits[2] = {candidates, candidates + words};
    uint32_t state = 0;

    if (words == 0)
        return;
    memcpy(bits[0], f->free[0], words * sizeof *candidates);
    memcpy(bits[1], f->free[1], words * sizeof *candidates);
    for (size_t i = 0; i < text.n; i++) {
        state = f->move[state * f->classes + f->class[(unsigned char)text.p[i]]];
        if (f->first[state] || f->more[state])
            mark(f, state, bits);
    }
    for (size_t i = 0; i < words; i++)
        candidates[i] &= bits[1][i];
}

size_t prefilter_always(const struct prefilter *f)
{
    return f->always_count;
}

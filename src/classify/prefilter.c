#include "classify/prefilter.h"

#include <stdlib.h>

#include "base/arena.h"

struct entry { /* one literal of one unit, until the automaton is built */
    struct literal literal;
    uint32_t bit;
};

struct output { /* units of a state's literals in one word of one bit set, linked */
    uint64_t units;
    uint32_t slot, next; /* slot: word * 2 + set; next: index + 1, 0 ends */
};

struct automaton {
    struct entry *entries;
    size_t entry_count, entry_room;
    uint16_t class[256]; /* 0: a byte of no literal */
    size_t classes, states;
    uint32_t *move;  /* states x classes: the next state, SPEAKS added where it or a suffix of it has outputs */
    uint32_t *first; /* state -> index of its first output + 1, its suffixes' included by `more` */
    uint32_t *more;  /* state -> the next shorter suffix that has outputs, 0 none */
    struct output *outputs;
    size_t output_count;
};

/*
 * Literals of ASCII only have a small table, which stays in the cache; the others have one of their own, for the
 * few texts that are not ASCII.
 */
enum { ASCII, WIDE, AUTOMATA };
#define SPEAKS (UINT32_C(1) << 31)

struct prefilter {
    struct automaton automata[AUTOMATA];
    size_t units, always_count;
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
    for (int i = 0; i < AUTOMATA; i++) {
        free(f->automata[i].entries);
        free(f->automata[i].move);
        free(f->automata[i].first);
        free(f->automata[i].more);
        free(f->automata[i].outputs);
    }
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

static bool is_ascii(str text)
{
    unsigned char all = 0;

    for (size_t i = 0; i < text.n; i++)
        all |= (unsigned char)text.p[i];
    return all < 0x80;
}

static void add_entry(struct prefilter *f, const struct literal *literal, uint32_t bit)
{
    struct automaton *a = &f->automata[is_ascii((str){literal->p, literal->n}) ? ASCII : WIDE];

    if (a->entry_count == a->entry_room) {
        a->entry_room = a->entry_room * 2 + 64;
        a->entries = mem_grow(a->entries, a->entry_room * sizeof *a->entries);
    }
    a->entries[a->entry_count++] = (struct entry){*literal, bit};
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

static size_t number_bytes(struct automaton *a)
{
    size_t states = 1;

    a->classes = 1;
    for (size_t i = 0; i < a->entry_count; i++) {
        const struct literal *l = &a->entries[i].literal;
        states += l->n;
        for (size_t k = 0; k < l->n; k++) {
            uint16_t *class = &a->class[(unsigned char)l->p[k]];
            if (*class == 0)
                *class = (uint16_t)a->classes++;
        }
    }
    return states;
}

static void add_output(struct automaton *a, uint32_t state, uint32_t bit)
{
    const uint32_t unit = bit / 2, slot = unit / 64 * 2 + bit % 2;
    const uint64_t units = UINT64_C(1) << (unit % 64);

    for (uint32_t o = a->first[state]; o; o = a->outputs[o - 1].next)
        if (a->outputs[o - 1].slot == slot) {
            a->outputs[o - 1].units |= units;
            return;
        }
    a->outputs[a->output_count] = (struct output){units, slot, a->first[state]};
    a->first[state] = (uint32_t)++a->output_count;
}

/* The trie: a state for each beginning of a literal; 0 is the root and "no move" until the links are made. */
static void insert(struct automaton *a, const struct entry *e)
{
    uint32_t state = 0;

    for (size_t k = 0; k < e->literal.n; k++) {
        uint32_t *move = &a->move[state * a->classes + a->class[(unsigned char)e->literal.p[k]]];
        if (*move == 0)
            *move = (uint32_t)a->states++;
        state = *move;
    }
    add_output(a, state, e->bit);
}

/* Breadth first: a missing move is the one of the longest proper suffix, which is complete by then. */
static void link_states(struct automaton *a)
{
    uint32_t *queue = mem_alloc(a->states * sizeof *queue), *suffix = mem_zero(a->states, sizeof *suffix);
    size_t head = 0, tail = 0;

    for (size_t c = 0; c < a->classes; c++)
        if (a->move[c])
            queue[tail++] = a->move[c];
    while (head < tail) {
        const uint32_t state = queue[head++], back = suffix[state];

        a->more[state] = a->first[back] ? back : a->more[back];
        for (size_t c = 0; c < a->classes; c++) {
            uint32_t *move = &a->move[state * a->classes + c];
            if (*move) {
                suffix[*move] = a->move[back * a->classes + c];
                queue[tail++] = *move;
            } else
                *move = a->move[back * a->classes + c];
        }
    }
    free(queue);
    free(suffix);
}

static void build(struct automaton *a, bool caseless)
{
    const size_t room = number_bytes(a);

    for (int c = 'A'; caseless && c <= 'Z'; c++)
        a->class[c] = a->class[c | 0x20];
    a->move = mem_zero(room * a->classes, sizeof *a->move);
    a->first = mem_zero(room, sizeof *a->first);
    a->more = mem_zero(room, sizeof *a->more);
    a->outputs = mem_zero(a->entry_count + 1, sizeof *a->outputs);
    a->states = 1;
    for (size_t i = 0; i < a->entry_count; i++)
        insert(a, &a->entries[i]);
    link_states(a);
    for (size_t i = 0; i < a->states * a->classes; i++)
        if (a->first[a->move[i]] || a->more[a->move[i]])
            a->move[i] |= SPEAKS;
    free(a->entries);
    a->entries = NULL;
}

void prefilter_build(struct prefilter *f, bool caseless)
{
    for (int i = 0; i < AUTOMATA; i++)
        build(&f->automata[i], caseless);
}

static void mark(const struct automaton *a, uint32_t state, uint64_t *bits[2])
{
    for (; state; state = a->more[state])
        for (uint32_t o = a->first[state]; o; o = a->outputs[o - 1].next)
            bits[a->outputs[o - 1].slot % 2][a->outputs[o - 1].slot / 2] |= a->outputs[o - 1].units;
}

static void scan(const struct automaton *a, str text, uint64_t *bits[2])
{
    uint32_t state = 0;

    for (size_t i = 0; i < text.n; i++) {
        const uint32_t move = a->move[state * a->classes + a->class[(unsigned char)text.p[i]]];

        state = move & ~SPEAKS;
        if (move & SPEAKS)
            mark(a, state, bits);
    }
}

void prefilter_run(const struct prefilter *f, str text, uint64_t *candidates)
{
    const size_t words = prefilter_words(f->units);
    uint64_t *bits[2] = {candidates, candidates + words};

    if (words == 0)
        return;
    memcpy(bits[0], f->free[0], words * sizeof *candidates);
    memcpy(bits[1], f->free[1], words * sizeof *candidates);
    scan(&f->automata[ASCII], text, bits);
    if (!is_ascii(text))
        scan(&f->automata[WIDE], text, bits);
    for (size_t i = 0; i < words; i++)
        candidates[i] &= bits[1][i];
}

size_t prefilter_always(const struct prefilter *f)
{
    return f->always_count;
}

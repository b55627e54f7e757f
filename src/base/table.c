#include "base/table.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/hash.h"

enum { FIRST_CAPACITY = 64, WORDS_MOST = 8 };

static char *slot_at(const struct table *t, size_t i)
{
    return t->slots + i * t->stride;
}

static uint64_t slot_hash(const char *slot)
{
    uint64_t h;

    memcpy(&h, slot, sizeof h);
    return h;
}

static char *slot_value(const struct table *t, char *slot)
{
    return slot + sizeof(uint64_t) + ((t->key_size + 7) & ~(size_t)7);
}

void table_init(struct table *table, size_t key_size, size_t value_size)
{
    *table = (struct table){.key_size = key_size, .value_size = value_size};
    table->stride = sizeof(uint64_t) + ((key_size + 7) & ~(size_t)7) + ((value_size + 7) & ~(size_t)7);
}

void table_free(struct table *table)
{
    free(table->slots);
    table->slots = NULL;
    table->count = table->capacity = 0;
}

void table_clear(struct table *table)
{
    if (table->count)
        memset(table->slots, 0, table->capacity * table->stride);
    table->count = 0;
}

/* Nearly all keys are a few 64-bit words, most of them hashes already: mixing those in place costs less than a call. */
static bool is_words(const struct table *t)
{
    return t->key_size % sizeof(uint64_t) == 0 && t->key_size <= WORDS_MOST * sizeof(uint64_t);
}

static uint64_t word_at(const void *key, size_t i)
{
    uint64_t word;

    memcpy(&word, (const char *)key + i, sizeof word);
    return word;
}

static uint64_t words_hash(const void *key, size_t size)
{
    uint64_t h = 0;

    for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
        h = (h ^ word_at(key, i)) * 0x9E3779B97F4A7C15u; /* odd, near 2^64 / golden ratio */
        h ^= h >> 32;
    }
    return h;
}

static uint64_t key_hash(const struct table *t, const void *key)
{
    uint64_t h;

    if (t->key_size == sizeof h)
        h = words_hash(key, sizeof h);
    else
        h = is_words(t) ? words_hash(key, t->key_size) : hash64((str){key, t->key_size}, 0);
    return h ? h : 1;
}

static bool same_key(const struct table *t, const void *a, const void *b)
{
    size_t i = 0;

    if (t->key_size == sizeof(uint64_t))
        return word_at(a, 0) == word_at(b, 0);
    if (!is_words(t))
        return memcmp(a, b, t->key_size) == 0;
    while (i < t->key_size && word_at(a, i) == word_at(b, i))
        i += sizeof(uint64_t);
    return i == t->key_size;
}

/* The slot that holds key, or the empty one where it belongs. */
static char *probe(const struct table *t, const void *key, uint64_t h)
{
    size_t i = h & (t->capacity - 1);

    for (;; i = (i + 1) & (t->capacity - 1)) {
        char *slot = slot_at(t, i);
        const uint64_t here = slot_hash(slot);
        if (here == 0 || (here == h && same_key(t, slot + sizeof h, key)))
            return slot;
    }
}

static void grow(struct table *t)
{
    struct table old = *t;

    t->capacity = old.capacity ? old.capacity * 2 : FIRST_CAPACITY;
    t->slots = mem_zero(t->capacity, t->stride);
    for (size_t i = 0; i < old.capacity; i++) {
        char *slot = slot_at(&old, i);
        if (slot_hash(slot))
            memcpy(probe(t, slot + sizeof(uint64_t), slot_hash(slot)), slot, t->stride);
    }
    free(old.slots);
}

void *table_find(const struct table *table, const void *key)
{
    if (table->count == 0)
        return NULL;
    char *slot = probe(table, key, key_hash(table, key));
    return slot_hash(slot) ? slot_value(table, slot) : NULL;
}

void *table_add(struct table *table, const void *key, bool *added)
{
    if (table->count * 2 >= table->capacity)
        grow(table);

    const uint64_t h = key_hash(table, key);
    char *slot = probe(table, key, h);
    const bool fresh = slot_hash(slot) == 0;

    if (fresh) {
        memcpy(slot, &h, sizeof h);
        memcpy(slot + sizeof h, key, table->key_size);
        table->count++;
    }
    if (added)
        *added = fresh;
    return slot_value(table, slot);
}

bool table_remove(struct table *table, const void *key)
{
    if (table->count == 0)
        return false;
    char *slot = probe(table, key, key_hash(table, key));
    if (slot_hash(slot) == 0)
        return false;

    const size_t mask = table->capacity - 1;
    size_t hole = (size_t)(slot - table->slots) / table->stride;
    for (size_t i = (hole + 1) & mask; slot_hash(slot_at(table, i)); i = (i + 1) & mask) {
        const size_t home = slot_hash(slot_at(table, i)) & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) { /* may move back without passing its home */
            memcpy(slot_at(table, hole), slot_at(table, i), table->stride);
            hole = i;
        }
    }
    memset(slot_at(table, hole), 0, table->stride);
    table->count--;
    return true;
}

bool table_next(const struct table *table, size_t *at, const void **key, void **value)
{
    for (; *at < table->capacity; (*at)++) {
        char *slot = slot_at(table, *at);
        if (slot_hash(slot)) {
            *key = slot + sizeof(uint64_t);
            if (value)
                *value = slot_value(table, slot);
            (*at)++;
            return true;
        }
    }
    return false;
}

static int by_bytes(const void *a, const void *b, void *size)
{
    return memcmp(*(const void *const *)a, *(const void *const *)b, *(const size_t *)size);
}

const void **table_sorted_keys(const struct table *table)
{
    const void **keys = mem_alloc(table->count * sizeof *keys);
    size_t at = 0, n = 0;

    while (n < table->count && table_next(table, &at, &keys[n], NULL))
        n++;
    size_t size = table->key_size;
    qsort_r(keys, n, sizeof *keys, by_bytes, &size);
    return keys;
}

#include "logs/kept.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/table.h"

struct entry {
    uint64_t key, order;
    max_align_t value[];
};

struct kept {
    struct table entries; /* key -> struct entry * */
    size_t value_size, most;
    uint64_t next; /* order of the next one */
    void (*clear)(void *value);
};

struct kept *kept_new(size_t value_size, size_t most, void (*clear)(void *value))
{
    struct kept *k = mem_zero(1, sizeof *k);

    table_init(&k->entries, sizeof(uint64_t), sizeof(struct entry *));
    k->value_size = value_size;
    k->most = most;
    k->clear = clear;
    return k;
}

static void entry_free(const struct kept *k, struct entry *e)
{
    if (k->clear)
        k->clear(e->value);
    free(e);
}

void kept_free(struct kept *kept)
{
    size_t at = 0;
    const void *key;
    void *value;

    while (kept && table_next(&kept->entries, &at, &key, &value))
        entry_free(kept, *(struct entry **)value);
    if (kept)
        table_free(&kept->entries);
    free(kept);
}

static int by_order(const void *a, const void *b)
{
    const struct entry *const *x = a, *const *y = b;

    return ((*x)->order > (*y)->order) - ((*x)->order < (*y)->order);
}

/* All of them, oldest first; free() it. */
static struct entry **in_order(const struct kept *k)
{
    struct entry **all = mem_alloc((k->entries.count + 1) * sizeof(struct entry *));
    size_t at = 0, n = 0;
    const void *key;
    void *value;

    while (table_next(&k->entries, &at, &key, &value))
        all[n++] = *(struct entry **)value;
    qsort(all, n, sizeof *all, by_order);
    return all;
}

static void drop_oldest(struct kept *k)
{
    const size_t gone = k->entries.count / 4 + 1;
    struct entry **all = in_order(k);

    for (size_t i = 0; i < gone; i++)
        kept_drop(k, all[i]->key);
    free(all);
}

void *kept_find(const struct kept *kept, uint64_t key)
{
    struct entry **e = table_find(&kept->entries, &key);

    return e ? (*e)->value : NULL;
}

void *kept_put(struct kept *kept, uint64_t key)
{
    kept_drop(kept, key);
    if (kept->entries.count >= kept->most)
        drop_oldest(kept);
    struct entry *e = mem_zero(1, sizeof *e + kept->value_size);
    e->key = key;
    e->order = kept->next++;
    *(struct entry **)table_add(&kept->entries, &key, NULL) = e;
    return e->value;
}

void kept_drop(struct kept *kept, uint64_t key)
{
    struct entry **e = table_find(&kept->entries, &key);

    if (!e)
        return;
    entry_free(kept, *e);
    table_remove(&kept->entries, &key);
}

/* ---------------------------------------------------------------- as bytes */

void kept_add_number(struct buf *out, uint64_t n)
{
    for (; n > 0x7f; n >>= 7)
        buf_add_char(out, (char)(0x80 | (n & 0x7f)));
    buf_add_char(out, (char)n);
}

void kept_add_text(struct buf *out, str text)
{
    kept_add_number(out, text.n);
    buf_add(out, text);
}

bool kept_take_number(str *in, uint64_t *n)
{
    *n = 0;
    for (unsigned shift = 0; in->n > 0 && shift < 64; shift += 7) {
        const unsigned char c = (unsigned char)in->p[0];
        *in = str_from(*in, 1);
        *n |= (uint64_t)(c & 0x7f) << shift;
        if (c < 0x80)
            return true;
    }
    return false;
}

bool kept_take_text(str *in, str *text)
{
    uint64_t n;

    if (!kept_take_number(in, &n) || n > in->n)
        return false;
    *text = str_to(*in, (size_t)n);
    *in = str_from(*in, (size_t)n);
    return true;
}

void kept_pack(const struct kept *kept, unsigned version, void (*value)(struct buf *out, const void *value),
               struct buf *out)
{
    struct entry **all = in_order(kept);

    kept_add_number(out, version);
    kept_add_number(out, kept->entries.count);
    for (size_t i = 0; i < kept->entries.count; i++) {
        kept_add_number(out, all[i]->key);
        value(out, all[i]->value);
    }
    free(all);
}

void kept_unpack(struct kept *kept, unsigned version, bool (*value)(str *in, void *value), str packed)
{
    uint64_t of_version, count, key;

    if (!kept_take_number(&packed, &of_version) || of_version != version || !kept_take_number(&packed, &count))
        return;
    while (count-- > 0 && kept_take_number(&packed, &key))
        if (!value(&packed, kept_put(kept, key))) {
            kept_drop(kept, key);
            return;
        }
}

#include "correlate/recipients.h"

#include <stdlib.h>

#include "base/arena.h"

enum { KEPT_REPLY = 4096 };

struct recipient_key {
    uint64_t recipient_hash, original_hash;
};

static struct recipient_key key_of(const struct recipient *r)
{
    return (struct recipient_key){r->open.recipient_hash, r->open.original_hash};
}

static void index_add(struct table *index, struct recipient *r)
{
    const struct recipient_key key = key_of(r);
    bool added;
    struct recipient **slot = table_add(index, &key, &added);

    if (added) /* the first of two is the one that is found */
        *slot = r;
}

static void make_index(struct recipients *all)
{
    all->index = mem_alloc(sizeof *all->index);
    table_init(all->index, sizeof(struct recipient_key), sizeof(struct recipient *));
    for (struct recipient *r = all->first; r; r = r->next)
        index_add(all->index, r);
}

struct recipient *recipients_find(const struct recipients *all, uint64_t recipient_hash, uint64_t original_hash)
{
    const struct recipient_key key = {recipient_hash, original_hash};
    struct recipient *r = all->first;

    if (all->index) {
        struct recipient **found = table_find(all->index, &key);
        return found ? *found : NULL;
    }
    while (r && (r->open.recipient_hash != recipient_hash || r->open.original_hash != original_hash))
        r = r->next;
    return r;
}

struct recipient *recipients_add(struct recipients *all, const struct open_recipient *open)
{
    struct recipient *r = mem_zero(1, sizeof *r);

    r->open = *open;
    r->open.address = r->open.reply = (str){"", 0};
    r->before = all->last;
    *(all->last ? &all->last->next : &all->first) = r;
    all->last = r;
    all->count++;
    if (all->index)
        index_add(all->index, r);
    else if (all->count >= RECIPIENTS_LISTED)
        make_index(all);
    return r;
}

static void recipient_free(struct recipient *r)
{
    free(r->texts);
    free(r);
}

void recipients_drop(struct recipients *all, struct recipient *gone)
{
    const struct recipient_key key = key_of(gone);

    *(gone->before ? &gone->before->next : &all->first) = gone->next;
    *(gone->next ? &gone->next->before : &all->last) = gone->before;
    all->count--;
    if (all->index)
        table_remove(all->index, &key);
    recipient_free(gone);
}

void recipients_clear(struct recipients *all)
{
    for (struct recipient *r = all->first, *next; r; r = next) {
        next = r->next;
        recipient_free(r);
    }
    if (all->index)
        table_free(all->index);
    free(all->index);
    *all = (struct recipients){0};
}

void recipient_keep_texts(struct recipient *r, str address, str reply)
{
    const str kept = str_to(reply, KEPT_REPLY);
    char *texts = mem_alloc(address.n + kept.n + 1);

    if (address.n)
        memcpy(texts, address.p, address.n);
    if (kept.n)
        memcpy(texts + address.n, kept.p, kept.n);
    free(r->texts);
    r->texts = texts;
    r->open.address = (str){texts, address.n};
    r->open.reply = (str){texts + address.n, kept.n};
}

#include "bounces/notice.h"

struct returned_item *notice_add(struct notice *n, enum returned_kind kind)
{
    if (n->count == RETURNED_MAX) {
        n->truncated = true;
        return NULL;
    }
    if (n->count == n->room) {
        const size_t room = n->room ? n->room * 4 : 4;
        struct returned_item *more = arena_alloc(n->arena, room * sizeof *more);
        if (n->count)
            memcpy(more, n->items, n->count * sizeof *more);
        n->items = more;
        n->room = room;
    }
    struct returned_item *item = &n->items[n->count++];
    *item = (struct returned_item){.kind = kind, .occurred_at_us = n->arrival_us};
    return item;
}

/* Few items: a look at each. Many: the first ones decide, a report of thousands names each once. */
struct returned_item *notice_find(struct notice *n, str recipient)
{
    const size_t look = n->count < 256 ? n->count : 256;

    for (size_t i = 0; i < look && recipient.n; i++)
        if (str_eq(n->items[i].recipient, recipient))
            return &n->items[i];
    return NULL;
}

bool notice_from_daemon(const struct notice *n)
{
    (void)n;
    return false;
}

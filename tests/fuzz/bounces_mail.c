/*
 * A whole mail: no crash; either an answer of 1 to RETURNED_MAX items, or ERR_INPUT with a reason. Recipients
 * hold no blanks and no control characters, texts are bounded.
 */
#include <stdlib.h>
#include <string.h>

#include "bounces/bounces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct returned_item *item)
{
    if (item->diagnostic.n > 4096 || item->recipient.n > 400)
        abort();
    for (size_t i = 0; i < item->recipient.n; i++)
        if ((unsigned char)item->recipient.p[i] < ' ')
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    struct returned out;
    struct err err = {0};

    if (!arena) {
        bounces_start();
        arena = arena_new();
    }
    arena_reset(arena);
    if (!bounces_read((str){(const char *)data, size}, arena, &out, &err)) {
        if (err.kind != ERR_INPUT || err.text[0] == '\0')
            abort();
        return 0;
    }
    if (out.count < 1 || out.count > RETURNED_MAX || !out.decoded_by)
        abort();
    for (size_t i = 0; i < out.count; i++)
        check(&out.items[i]);
    return 0;
}

/* Delivery-status fields, and a feedback report's: any bytes give items or none, each within its bounds. */
#include <stdlib.h>

#include "bounces/dsn.h"
#include "bounces/fields.h"
#include "bounces/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    const str text = size ? (str){(const char *)data, size} : STR("");
    str rest = text;
    struct field f;

    if (!arena)
        arena = arena_new();
    arena_reset(arena);
    struct notice n;
    notice_clear(&n, arena);
    if (dsn_read_text(&n, text) && n.count > RETURNED_MAX)
        abort();
    for (size_t i = 0; i < n.count; i++)
        if (n.items[i].diagnostic.n > NOTICE_DIAGNOSTIC)
            abort();
    while (fields_next(&rest, size % 2, arena, &f)) /* only ever forward */
        if (rest.p < text.p || rest.p + rest.n != text.p + text.n)
            abort();
    if (reply_clean(text, arena).n > NOTICE_DIAGNOSTIC)
        abort();
    reply_status(text);
    reply_code(text);
    reply_phase(text);
    reply_host(text);
    return 0;
}

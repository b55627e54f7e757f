/* Whatever comes in: no crash; a clean address has two halves, no control characters, stays itself when cleaned again,
 * and has the key of what it was made from. */
#include <stdlib.h>

#include "model/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(str text, struct arena *arena)
{
    const str clean = address_clean(text, arena);
    const str again = address_clean(clean, arena);

    message_id_hash(text);
    address_domain_hash(text, 1);
    if (clean.n == 0)
        return;
    if (address_local(clean).n == 0 || address_domain(clean).n == 0 || clean.n > 320)
        abort();
    for (size_t i = 0; i < clean.n; i++)
        if ((unsigned char)clean.p[i] < 0x20 || clean.p[i] == 0x7f)
            abort();
    if (again.n > 0 && address_hash(clean, 1) != address_hash(again, 1) && str_eq(clean, again))
        abort();
    if (address_hash(clean, 1) != address_hash(arena_lower(arena, clean), 1))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();

    check((str){(const char *)data, size}, arena);
    arena_free(arena);
    return 0;
}

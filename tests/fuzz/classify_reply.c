/* Whatever comes in: the inner reply is one line, no longer than the text, its code three digits or none. */
#include <stdint.h>
#include <stdlib.h>

#include "classify/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();

    for (int expired = 0; expired < 2; expired++) {
        struct reply r;

        reply_read((str){(const char *)data, size}, expired, arena, &r);
        if (r.text.n > REPLY_MAX || r.text.n > size || str_find_char(r.text, '\n') != STR_NONE)
            abort();
        if (r.code != 0 && (r.code < 200 || r.code > 599))
            abort();
    }
    arena_free(arena);
    return 0;
}

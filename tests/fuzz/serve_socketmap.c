#include <stdlib.h>

#include "serve/socketmap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever comes in: the view only moves forward, a whole request lies within it and its limit, nothing moves otherwise,
 * and every request has one answer that is a netstring itself. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str rest = {(const char *)data, size}, content, before = rest;
    struct lookup *lookup = lookup_new(1, 1, 7);
    struct socketmap_counts counts = {0};
    struct buf answer = {0};

    lookup_add(lookup, 1, STR("manual"), STR(""));
    while (netstring_take(&rest, &content) == NETSTRING_WHOLE) {
        if (content.n > SOCKETMAP_MAX_BYTES || content.p < before.p || content.p + content.n >= rest.p || rest.p <= before.p)
            abort();
        before = rest;
        buf_clear(&answer);
        socketmap_answer(lookup, content, &answer, &counts);
        str said = buf_str(&answer), text;
        if (netstring_take(&said, &text) != NETSTRING_WHOLE || said.n != 0)
            abort();
    }
    if (rest.p != before.p || rest.n != before.n)
        abort();
    buf_free(&answer);
    lookup_free(lookup);
    return 0;
}

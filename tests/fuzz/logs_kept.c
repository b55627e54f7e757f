/*
 * Whatever bytes a parser's memory comes back from: no crash, no more than its bound is kept, and what was taken packs
 * and comes back as the same bytes.
 */
#include <stdlib.h>

#include "logs/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void there_and_back(const struct log_format *format, str packed)
{
    void *one = format->state_new(), *other = format->state_new();
    struct buf first = {0}, second = {0};

    format->unpack(one, packed);
    format->pack(one, &first);
    format->unpack(other, buf_str(&first));
    format->pack(other, &second);
    if (!str_eq(buf_str(&first), buf_str(&second)))
        abort();
    buf_free(&first);
    buf_free(&second);
    format->state_free(one);
    format->state_free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The first byte chooses the format. */
    if (size > 0 && log_formats[data[0] % log_format_count].pack)
        there_and_back(&log_formats[data[0] % log_format_count], (str){(const char *)data + 1, size - 1});
    return 0;
}

#include "intake_memory.h"

/* Reads it all in pieces of `step`; the bytes are kept up to their limit. */
static ssize_t read_all(struct input *in, size_t step, struct buf *got)
{
    struct err err;
    ssize_t n;

    buf_clear(got);
    while ((n = input_read(in, buf_reserve(got, step), step, &err)) > 0)
        got->n += (size_t)n;
    return n;
}

/* Whatever comes in, packed or not: it is read the same twice, what was looked at comes first, and the limit holds. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { LIMIT = 200 * 1000 };
    static struct buf content, first, again;
    struct err err = {0};

    if (size < 1)
        return 0;
    struct input *in = input_of(&content, 0, data + 1, size - 1);
    input_limit(in, LIMIT);
    const str look = input_peek(in, 1000, &err);
    char kept[1000];
    memcpy(kept, look.p, look.n);
    const ssize_t end = read_all(in, 1 + (size_t)data[0] * 37, &first);
    if (!str_starts(buf_str(&first), (str){kept, look.n}) || (input_is_compressed(in) && first.n > LIMIT))
        abort();
    if (!input_is_compressed(in) && !str_eq(buf_str(&first), buf_str(&content)))
        abort();
    if (!input_rewind(in, &err) || read_all(in, 70000, &again) != end || !str_eq(buf_str(&first), buf_str(&again)))
        abort();
    input_close(in);
    return 0;
}

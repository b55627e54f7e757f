#include "intake/whole.h"

enum { READ_BYTES = 64 * 1024 };

bool input_whole(struct input *in, size_t most_bytes, struct buf *to, struct err *err)
{
    ssize_t n;

    while ((n = input_read(in, buf_reserve(to, READ_BYTES), READ_BYTES, err)) > 0) {
        to->n += (size_t)n;
        if (to->n > most_bytes)
            return err_set(err, ERR_INPUT, "larger than %zu MiB (limit)", most_bytes >> 20);
    }
    return n == 0;
}

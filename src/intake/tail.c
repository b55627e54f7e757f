/* The end of an input, for a look at its last line. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/stop.h"
#include "intake/input.h"

enum { READ_BYTES = 256 * 1024 };

/* Fills `to` from the next bytes; -1 with err. */
static ssize_t read_full(struct input *in, char *to, size_t want, struct err *err)
{
    size_t n = 0;

    while (n < want) {
        const ssize_t got = input_read(in, to + n, want - n, err);
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

/* Reads to the end with the last `want` bytes always at hand. A broken end is an end here: reading tells it. */
static size_t slide_to_end(struct input *in, char *to, size_t want)
{
    struct err ignored;
    char *window = mem_alloc(want + READ_BYTES);
    size_t n = 0;

    for (ssize_t got; !stop_requested() && (got = input_read(in, window + n, READ_BYTES, &ignored)) > 0;) {
        n += (size_t)got;
        if (n > want) {
            memmove(window, window + n - want, want);
            n = want;
        }
    }
    memcpy(to, window, n);
    free(window);
    return n;
}

static bool read_end_of_file(struct input *in, char *to, size_t want, size_t *got, struct err *err)
{
    const uint64_t size = (uint64_t)input_size(in);

    if (!input_skip_to(in, size > want ? size - want : 0, err))
        return false;
    const ssize_t n = read_full(in, to, want, err);
    *got = n > 0 ? (size_t)n : 0;
    return n >= 0;
}

bool input_tail(struct input *in, char *to, size_t want, size_t *got, struct err *err)
{
    if (input_is_file(in) && !input_is_compressed(in)) {
        if (!read_end_of_file(in, to, want, got, err))
            return false;
    } else {
        if (!input_rewind(in, err))
            return false;
        *got = slide_to_end(in, to, want);
    }
    return input_rewind(in, err) && stop_check(err);
}

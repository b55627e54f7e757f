/* An input made of the fuzzer's bytes. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "intake/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* `pad` bytes of text, then the data: edges of blocks come within reach of short data. Closes nothing: one file is used
 * again. */
static inline struct input *input_of(struct buf *content, size_t pad, const uint8_t *data, size_t size)
{
    static int fd = -1;
    char path[64];
    struct err err;

    if (fd < 0)
        fd = memfd_create("input", 0);
    buf_clear(content);
    memset(buf_reserve(content, pad), 'x', pad);
    content->n = pad;
    for (size_t i = 96; i < pad; i += 97)
        content->p[i] = '\n';
    buf_add(content, (str){(const char *)data, size});
    if (ftruncate(fd, 0) != 0 || pwrite(fd, content->p ? content->p : "", content->n, 0) != (ssize_t)content->n)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct input *in = input_open(path, false, &err);
    if (!in)
        abort();
    return in;
}

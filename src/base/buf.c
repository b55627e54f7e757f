#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

void buf_free(struct buf *buf)
{
    free(buf->p);
    *buf = (struct buf){0};
}

void buf_clear(struct buf *buf)
{
    buf->n = 0;
    if (buf->p)
        buf->p[0] = '\0';
}

char *buf_reserve(struct buf *buf, size_t more)
{
    if (buf->room < buf->n + more + 1) {
        buf->room = (buf->n + more + 1) * 3 / 2 + 64;
        buf->p = mem_grow(buf->p, buf->room);
    }
    return buf->p + buf->n;
}

void buf_add(struct buf *buf, str s)
{
    char *to = buf_reserve(buf, s.n);

    if (s.n)
        memcpy(to, s.p, s.n);
    buf->n += s.n;
    buf->p[buf->n] = '\0';
}

void buf_add_char(struct buf *buf, char c)
{
    buf_add(buf, (str){&c, 1});
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list args, again;

    va_start(args, fmt);
    va_copy(again, args);
    const int n = vsnprintf(NULL, 0, fmt, args);
    vsnprintf(buf_reserve(buf, (size_t)n), (size_t)n + 1, fmt, again);
    buf->n += (size_t)n;
    va_end(again);
    va_end(args);
}

/*
 * buf - a growing run of bytes, for output that is built up.
 *
 * Ownership  the struct owns its bytes; buf_free() gives them back and leaves an
 *            empty buf. {0} is a valid empty one. p is NUL-terminated once used.
 * Errors     none (out of memory ends the program).
 */
#pragma once
#include "base/str.h"

struct buf {
    char *p;
    size_t n;
    size_t room;
};

void buf_free(struct buf *buf);
void buf_clear(struct buf *buf); /* empty, memory kept */
char *buf_reserve(struct buf *buf, size_t more); /* where the next `more` bytes go */
void buf_add(struct buf *buf, str s);
void buf_add_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static inline str buf_str(const struct buf *buf)
{
    return (str){buf->p ? buf->p : "", buf->n};
}

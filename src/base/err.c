#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
    va_list args;

    err->kind = kind;
    va_start(args, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    return false;
}

bool err_set_errno(struct err *err, enum err_kind kind, const char *fmt, ...)
{
    const int code = errno;
    va_list args;

    err->kind = kind;
    va_start(args, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);

    const size_t n = strlen(err->text);
    snprintf(err->text + n, sizeof err->text - n, ": %s", strerror(code));
    return false;
}

bool err_within(struct err *err, const char *fmt, ...)
{
    char where[sizeof err->text];
    char what[sizeof err->text];
    va_list args;

    va_start(args, fmt);
    vsnprintf(where, sizeof where, fmt, args);
    va_end(args);
    memcpy(what, err->text, sizeof what);
    const int n = snprintf(err->text, sizeof err->text, "%.255s: ", where);
    snprintf(err->text + n, sizeof err->text - (size_t)n, "%.*s", (int)(sizeof err->text - (size_t)n - 1), what);
    return false;
}

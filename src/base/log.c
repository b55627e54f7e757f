#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

enum { MAX_MESSAGE = 2048 };

static log_sink_fn *sink_fn;
static void *sink_self;
static enum log_level sink_most = SAY_NOTE;

void log_to(log_sink_fn *sink, void *self, enum log_level most)
{
    sink_fn = sink;
    sink_self = self;
    sink_most = most;
}

bool log_shows(enum log_level level)
{
    return sink_fn && level <= sink_most;
}

static void hand_over(enum log_level level, str text)
{
    struct buf line = {0};

    utf8_show(text, &line);
    sink_fn(sink_self, level, buf_str(&line));
    buf_free(&line);
}

void log_say(enum log_level level, const char *fmt, ...)
{
    char text[MAX_MESSAGE];
    va_list args;

    if (!log_shows(level))
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    hand_over(level, str_of(text));
}

void log_err(const struct err *err)
{
    log_say(SAY_ERROR, "%s", err->text);
}

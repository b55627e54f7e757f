#include "cli/out.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/log.h"
#include "base/utf8.h"

enum { GATHER_BYTES = 64 * 1024 };

void out_start(struct out *out, int fd)
{
    const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");

    *out = (struct out){.fd = fd, .terminal = isatty(fd)};
    out->colour = out->terminal && !(no_colour && no_colour[0]) && !(term && strcmp(term, "dumb") == 0);
}

bool out_broken(const struct out *out)
{
    return out->failed != 0;
}

void out_flush(struct out *out)
{
    str rest = buf_str(&out->buf);

    while (rest.n > 0 && !out->failed) {
        const ssize_t n = write(out->fd, rest.p, rest.n);

        if (n >= 0)
            rest = str_from(rest, (size_t)n);
        else if (errno != EINTR)
            out->failed = errno;
    }
    buf_clear(&out->buf);
}

static bool input_pauses(void)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

    return poll(&in, 1, 0) == 0;
}

void out_line_done(struct out *out)
{
    if (out->terminal || out->buf.n >= GATHER_BYTES || (out->live && input_pauses()))
        out_flush(out);
}

void out_add(struct out *out, str bytes)
{
    if (out_broken(out))
        return;
    buf_add(&out->buf, bytes);
    if (out->buf.n >= GATHER_BYTES)
        out_flush(out);
}

void out_show(struct out *out, str text)
{
    if (!out_broken(out))
        utf8_show(text, &out->buf);
}

void out_printf(struct out *out, const char *fmt, ...)
{
    char *text;
    va_list args;

    va_start(args, fmt);
    const int n = vasprintf(&text, fmt, args);
    va_end(args);
    if (n < 0)
        return;
    out_add(out, (str){text, (size_t)n});
    free(text);
}

/* close() tells what a full disk or a quota swallowed; a stdout that was closed before we came is no error. */
int out_finish(struct out *out, bool *gone)
{
    out_flush(out);
    if (close(out->fd) != 0 && !out->failed && errno != EBADF)
        out->failed = errno;
    buf_free(&out->buf);
    *gone = out->failed == EPIPE || out->failed == EBADF;
    if (!out->failed || *gone)
        return 0;
    log_say(SAY_ERROR, "standard output: %s", strerror(out->failed));
    return 4;
}

const char *out_colour(const struct out *out, enum colour colour)
{
    static const char *const codes[] = {
        [COLOUR_NONE] = "\033[0m", [COLOUR_GOOD] = "\033[32m", [COLOUR_WARN] = "\033[33m",
        [COLOUR_BAD] = "\033[31m", [COLOUR_FAINT] = "\033[2m", [COLOUR_STRONG] = "\033[1m",
    };

    return out->colour ? codes[colour] : "";
}

size_t out_width(const struct out *out)
{
    struct winsize size;

    if (out->terminal && ioctl(out->fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
        return size.ws_col;
    return 80;
}

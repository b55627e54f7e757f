#include "cli/bar.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"

enum { CELLS = 24 };

static bool drawn;

static void put(str text)
{
    const ssize_t written = write(STDERR_FILENO, text.p, text.n);

    (void)written; /* a terminal that went away is no reason to stop */
}

void bar_wipe(void)
{
    if (drawn)
        put(STR("\r\033[K"));
    drawn = false;
}

static unsigned terminal_width(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20 ? size.ws_col : 80;
}

static void add_cells(struct buf *line, double share)
{
    const int full = (int)(share * CELLS);

    buf_add_char(line, '[');
    for (int i = 0; i < CELLS; i++)
        buf_add_char(line, i < full ? '=' : i == full ? '>' : ' ');
    buf_printf(line, "] %3.0f %%  ", share * 100);
}

static void add_left(struct buf *line, double seconds)
{
    if (seconds < 0)
        return;
    if (seconds < 90)
        buf_printf(line, "  %.0f s left", seconds);
    else
        buf_printf(line, "  %.0f min left", seconds / 60);
}

static void draw(void *self, const struct progress *progress)
{
    struct buf line = {0};
    (void)self;

    bar_wipe();
    if (!progress->stage)
        return;
    buf_printf(&line, "%s  ", progress->stage);
    if (progress->total_bytes > 0)
        add_cells(&line, progress_share(progress));
    buf_printf(&line, "%.1f MB, %.1f MB/s, %llu events", (double)progress->done_bytes / 1e6,
               progress_bytes_per_second(progress) / 1e6, (unsigned long long)progress->events);
    add_left(&line, progress_seconds_left(progress));
    put(str_to(buf_str(&line), terminal_width() - 1));
    buf_free(&line);
    drawn = true;
}

void bar_attach(struct progress *progress, bool quiet)
{
    if (!quiet && isatty(STDERR_FILENO))
        progress->draw = draw;
}

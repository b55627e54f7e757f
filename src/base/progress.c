#include "base/progress.h"

#include "base/clock.h"

enum { REDRAW_US = 100000 };

static void draw(struct progress *progress, int64_t now_us)
{
    progress->drawn_us = now_us;
    progress->draw(progress->self, progress);
}

void progress_start(struct progress *progress, uint64_t total_bytes)
{
    progress->total_bytes = total_bytes;
    progress->done_bytes = progress->lines = progress->mails = progress->events = 0;
    progress->stage = "reading";
    progress->started_us = clock_monotonic_us();
    progress->drawn_us = progress->started_us; /* a run of a tenth of a second draws nothing */
}

void progress_tick(struct progress *progress)
{
    if (!progress->draw)
        return;
    const int64_t now = clock_monotonic_us();
    if (now - progress->drawn_us >= REDRAW_US)
        draw(progress, now);
}

void progress_stage(struct progress *progress, const char *stage)
{
    progress->stage = stage;
    if (progress->draw)
        draw(progress, clock_monotonic_us());
}

void progress_end(struct progress *progress)
{
    progress_stage(progress, NULL);
}

double progress_share(const struct progress *progress)
{
    if (progress->total_bytes == 0)
        return 0;
    const double share = (double)progress->done_bytes / (double)progress->total_bytes;
    return share > 1 ? 1 : share; /* a log grows while it is read */
}

double progress_seconds(const struct progress *progress)
{
    return (double)(clock_monotonic_us() - progress->started_us) / CLOCK_SECOND;
}

double progress_bytes_per_second(const struct progress *progress)
{
    const double seconds = progress_seconds(progress);

    return seconds > 0 ? (double)progress->done_bytes / seconds : 0;
}

double progress_seconds_left(const struct progress *progress)
{
    const double rate = progress_bytes_per_second(progress);

    if (progress->total_bytes == 0 || rate <= 0 || progress_seconds(progress) < 1)
        return -1;
    return progress->done_bytes >= progress->total_bytes
               ? 0
               : (double)(progress->total_bytes - progress->done_bytes) / rate;
}

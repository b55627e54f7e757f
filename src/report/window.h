/*
 * window - from when to when a report speaks, half open: since <= t < until.
 *
 * An age (36h, 7d) counts back from the end of the data: now, or the newest event when that is older
 * than 24 h; --since counts back from a dated --until. A date is its midnight UTC, a time RFC 3339.
 * By cohort (day of the first attempt) since is rounded out to the day, by event to the hour.
 *
 * as_of is when states and ages are judged: never after until, and where the data ends if that is
 * more than 24 h before. So a window with a dated end answers the same whenever it is asked.
 *
 * Errors     ERR_CONFIG, naming the option.
 */
#pragma once
#include "base/clock.h"
#include "base/err.h"

enum window_by { BY_COHORT, BY_EVENT };

struct window {
    int64_t since_us, until_us, as_of_us;
    int64_t newest_us; /* of the data; CLOCK_NONE without any */
    enum window_by by;
    bool data_ended; /* until is where the data ends, more than 24 h ago */
};

/* Texts as given on the command line, NULL for not given: the last 7 days. */
bool window_make(const char *since, const char *until, enum window_by by, int64_t now_us, int64_t newest_us,
                 struct window *out, struct err *err);
/* The window of the same length that ends where this one begins. */
struct window window_before(const struct window *window);

const char *window_by_name(enum window_by by); /* "cohort", "event" */
enum { WINDOW_TEXT = 160 };
/* "2026-02-24 to 2026-03-03 09:41 UTC, where the data ends" */
const char *window_text(const struct window *window, char out[WINDOW_TEXT]);

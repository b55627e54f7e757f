/*
 * value - figures as people read them: 12,345 and 97.3 %, with intervals and thresholds.
 *
 * Errors     none; what is unknown is "-".
 */
#pragma once
#include "base/buf.h"
#include "report/ask.h"

/* Wilson score interval of x out of n, 95 %. n = 0: 0 to 1. */
struct interval {
    double low, high;
};
struct interval wilson(double x, double n);

enum level { LEVEL_NONE = 0, LEVEL_GOOD, LEVEL_WATCH, LEVEL_BAD };
/* By the thresholds for the measure `column`. Watch and bad only when the interval's near end passes them and enough
 * was counted; LEVEL_NONE when the rate is above a threshold but that may be chance. */
enum level level_of(const char *column, double x, double n);
/* The same thresholds for a share that somebody else states: it is what they judge by, so there is no interval. */
enum level level_of_share(const char *column, double share);
enum level cell_level(const struct answer *answer, size_t row, size_t column);
/* The limits as text, for explanations: "watch from 2 %, bad from 5 %"; "" when it has none. */
void level_text(const char *column, struct buf *out);

void add_grouped(struct buf *out, int64_t value);    /* 12,345 */
void add_percent(struct buf *out, double rate);      /* 97.3 %, 0.42 %, 0.003 %; - for NaN */
void add_interval(struct buf *out, struct interval); /* 96.9-97.6 */
void add_duration(struct buf *out, double seconds);  /* 0.4 s, 12 s, 3.5 min, 2.1 h, 4 d */
void add_moment(struct buf *out, int64_t at_us);     /* 2026-03-03 09:41; - for CLOCK_NONE */
/* One cell by its column's unit. Text is added as it is: the renderer escapes for where it goes. */
void add_cell(struct buf *out, const struct answer *answer, size_t row, size_t column);
bool cell_is_number(const struct column *column); /* right-aligned */
bool cell_interval(const struct answer *answer, size_t row, size_t column, struct interval *out);

/* Whole tenths of a percent for parts of a whole, that add up to 1000 (largest remainder). */
void share_tenths(const int64_t *parts, size_t count, int *tenths);

#include "report/value.h"

#include <math.h>
#include <stdio.h>

#include "base/clock.h"

struct interval wilson(double x, double n)
{
    const double z = 1.959963984540054, z2 = z * z;

    if (!(n > 0))
        return (struct interval){0, 1};
    const double p = x / n;
    const double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
    const double half = z / (1 + z2 / n) * sqrt(fmax(p * (1 - p), 0) / n + z2 / (4 * n * n));
    return (struct interval){fmax(middle - half, 0), fmin(middle + half, 1)};
}

/* ---------------------------------------------------------------- thresholds */

/* Sources: facts on alarms (SES reviews at 5 % hard bounces; Google and Yahoo at 0.1 and 0.3 % complaints). */
static const struct threshold {
    const char *column;
    double watch, bad;
    int least; /* fewer events say nothing */
} thresholds[] = {
    {"hard_bounce_rate", 0.02, 0.05, 5}, {"block_rate", 0.05, 0.20, 5},     {"blocked_share", 0.05, 0.20, 5},
    {"stuck_rate", 0.02, 0.10, 5},       {"deferral_rate", 0.10, 0.30, 5},  {"complaint_rate", 0.001, 0.003, 3},
    {"unclassified_rate", 0.05, 2, 5},   {"affected_share", 0.02, 0.20, 1}, {"bounce_rate", 0.05, 0.10, 5},
};

static const struct threshold *threshold_of(const char *column)
{
    for (size_t i = 0; i < sizeof thresholds / sizeof *thresholds; i++)
        if (strcmp(thresholds[i].column, column) == 0)
            return &thresholds[i];
    return NULL;
}

/* Delivery is the one rate where more is better: judged by what is missing. */
static enum level missing_level(double x, double n)
{
    const double low = wilson(n - x, n).low;

    if (!(n > 0))
        return LEVEL_NONE;
    if (n - x < 0.05 * n)
        return LEVEL_GOOD;
    return n - x < 5 || low < 0.05 ? LEVEL_NONE : low < 0.10 ? LEVEL_WATCH : LEVEL_BAD;
}

enum level level_of(const char *column, double x, double n)
{
    const struct threshold *t = threshold_of(column);

    if (strcmp(column, "delivery_rate") == 0)
        return missing_level(x, n);
    if (!t || !(n > 0))
        return LEVEL_NONE;
    const double low = wilson(x, n).low;
    if (x < t->watch * n)
        return LEVEL_GOOD;
    if (x < t->least || low < t->watch)
        return LEVEL_NONE; /* above the limit, but it may be chance */
    return low < t->bad ? LEVEL_WATCH : LEVEL_BAD;
}

void level_text(const char *column, struct buf *out)
{
    const struct threshold *t = threshold_of(column);

    if (!t)
        return;
    buf_printf(out, "watch from %g %%", t->watch * 100);
    if (t->bad < 1)
        buf_printf(out, ", bad from %g %%", t->bad * 100);
}

static bool ratio_of(const struct answer *answer, size_t row, size_t column, double *x, double *n)
{
    const struct column *c = &answer->report->columns[column];

    if (c->numerator < 0 || answer_null(answer, row, column))
        return false;
    *x = answer_double(answer, row, (size_t)c->numerator);
    *n = answer_double(answer, row, (size_t)c->denominator);
    return *n > 0;
}

enum level level_of_share(const char *column, double share)
{
    const struct threshold *t = threshold_of(column);

    if (!t || isnan(share))
        return LEVEL_NONE;
    return share >= t->bad ? LEVEL_BAD : share >= t->watch ? LEVEL_WATCH : LEVEL_GOOD;
}

enum level cell_level(const struct answer *answer, size_t row, size_t column)
{
    double x, n;

    return ratio_of(answer, row, column, &x, &n) ? level_of(answer->report->columns[column].name, x, n) : LEVEL_NONE;
}

bool cell_interval(const struct answer *answer, size_t row, size_t column, struct interval *out)
{
    double x, n;

    if (!ratio_of(answer, row, column, &x, &n))
        return false;
    *out = wilson(x, n);
    return true;
}

/* ---------------------------------------------------------------- texts */

void add_grouped(struct buf *out, int64_t value)
{
    char digits[24];
    const int n = snprintf(digits, sizeof digits, "%lld", (long long)value);

    for (int i = 0; i < n; i++) {
        buf_add_char(out, digits[i]);
        if (digits[i] != '-' && (n - i - 1) % 3 == 0 && i + 1 < n)
            buf_add_char(out, ',');
    }
}

/* As many decimals as say something: rates near 0 are complaint rates. */
static int decimals_of(double percent)
{
    return percent == 0 || percent >= 0.995 ? 1 : percent >= 0.0995 ? 2 : 3;
}

void add_percent(struct buf *out, double rate)
{
    const double percent = rate * 100;

    if (isnan(rate))
        buf_add(out, STR("-"));
    else if (rate < 1 && percent > 99.95) /* 100 % only when it is true */
        buf_add(out, STR("> 99.9 %"));
    else if (percent == 100 || percent == 0)
        buf_printf(out, "%.0f %%", percent);
    else
        buf_printf(out, "%.*f %%", decimals_of(percent), percent);
}

void add_interval(struct buf *out, struct interval i)
{
    const double low = i.low * 100, high = i.high * 100;
    const int decimals = high < 1 ? 2 : 1;

    buf_printf(out, "%.*f\xe2\x80\x93%.*f", decimals, low, decimals, high);
}

void add_duration(struct buf *out, double seconds)
{
    static const struct {
        double below, unit;
        const char *name;
    } steps[] = {{1, 1, "s"}, {120, 1, "s"}, {7200, 60, "min"}, {172800, 3600, "h"}, {INFINITY, 86400, "d"}};

    if (isnan(seconds)) {
        buf_add(out, STR("-"));
        return;
    }
    size_t i = 0;
    while (seconds >= steps[i].below && i + 1 < sizeof steps / sizeof *steps)
        i++;
    const double value = seconds / steps[i].unit;
    buf_printf(out, "%.*f %s", value < 1 && value > 0 ? 2 : value < 10 && value > 0 ? 1 : 0, value, steps[i].name);
}

void add_moment(struct buf *out, int64_t at_us)
{
    char text[CLOCK_TEXT];

    if (at_us == CLOCK_NONE) {
        buf_add(out, STR("-"));
        return;
    }
    clock_text(clock_floor(at_us, CLOCK_SECOND), text);
    buf_printf(out, "%.10s %.5s", text, text + 11);
}

void add_cell(struct buf *out, const struct answer *answer, size_t row, size_t column)
{
    switch (answer_null(answer, row, column) ? UNIT_URL : answer->report->columns[column].unit) {
    case UNIT_MESSAGES:
    case UNIT_ATTEMPTS:
    case UNIT_COUNT:
        add_grouped(out, answer_int(answer, row, column));
        break;
    case UNIT_RATE:
        add_percent(out, answer_double(answer, row, column));
        break;
    case UNIT_SECONDS:
        add_duration(out, answer_double(answer, row, column));
        break;
    case UNIT_TIME:
        add_moment(out, answer_time(answer, row, column));
        break;
    default:
        buf_add(out, answer_null(answer, row, column) ? STR("-") : answer_text(answer, row, column));
        break;
    }
}

bool cell_is_number(const struct column *column)
{
    return column->unit != UNIT_TEXT && column->unit != UNIT_URL && column->unit != UNIT_TIME;
}

void share_tenths(const int64_t *parts, size_t count, int *tenths)
{
    int64_t sum = 0;
    int given = 0;

    for (size_t i = 0; i < count; i++)
        sum += parts[i];
    for (size_t i = 0; i < count; i++)
        given += tenths[i] = sum > 0 ? (int)(parts[i] * 1000 / sum) : 0;
    for (; sum > 0 && given < 1000; given++) {
        size_t most = 0;
        for (size_t i = 1; i < count; i++) /* what each has lost by rounding down */
            if (parts[i] * 1000 - tenths[i] * sum > parts[most] * 1000 - tenths[most] * sum)
                most = i;
        tenths[most]++;
    }
}

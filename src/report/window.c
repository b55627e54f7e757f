#include "report/window.h"

#include <stdio.h>

#define DEFAULT_SPAN (7 * CLOCK_DAY)

const char *window_by_name(enum window_by by)
{
    return by == BY_EVENT ? "event" : "cohort";
}

/* Digits only, exactly n of them. */
static bool take_digits(str *in, size_t n, int *out)
{
    *out = 0;
    if (in->n < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!str_is_digit(in->p[i]))
            return false;
        *out = 10 * *out + (in->p[i] - '0');
    }
    *in = str_from(*in, n);
    return true;
}

static bool parse_date(str text, int64_t *at_us)
{
    int year, month, day, y, m, d;

    if (!take_digits(&text, 4, &year) || !str_take_char(&text, '-') || !take_digits(&text, 2, &month) ||
        !str_take_char(&text, '-') || !take_digits(&text, 2, &day) || text.n > 0)
        return false;
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    const int64_t days = clock_days(year, month, day);
    clock_civil(days, &y, &m, &d);
    *at_us = days * CLOCK_DAY;
    return m == month && d == day; /* there is no 31 February */
}

/* A date or a time; *dated tells it from an age. */
static bool parse_when(const char *option, str text, int64_t counted_from, int64_t *at_us, bool *dated, struct err *err)
{
    int64_t age;
    str rest = text;

    *dated = true;
    if (parse_date(text, at_us) || (clock_take_rfc3339(&rest, at_us) && rest.n == 0))
        return true;
    *dated = false;
    if (!clock_parse_age(text, &age))
        return err_set(err, ERR_CONFIG, "--%s: \"%.*s\" is no age (36h, 7d), date (2026-03-01) or time (RFC 3339)",
                       option, STR_ARG(str_to(text, 60)));
    *at_us = counted_from - age;
    return true;
}

static int64_t whole_second_after(int64_t at_us)
{
    return clock_floor(at_us, CLOCK_SECOND) + CLOCK_SECOND;
}

static bool is_old(int64_t newest_us, int64_t when_us)
{
    return newest_us != CLOCK_NONE && newest_us < when_us - CLOCK_DAY;
}

bool window_make(const char *since, const char *until, enum window_by by, int64_t now_us, int64_t newest_us,
                 struct window *out, struct err *err)
{
    const bool old = is_old(newest_us, now_us);
    const int64_t end = old ? whole_second_after(newest_us) : whole_second_after(now_us);
    bool dated;

    *out = (struct window){.by = by, .newest_us = newest_us, .until_us = end, .data_ended = old && !until};
    int64_t count_from = end;
    if (until) {
        if (!parse_when("until", str_of(until), end, &out->until_us, &dated, err))
            return false;
        if (dated)
            count_from = out->until_us;
    }
    out->since_us = (until ? out->until_us : end) - DEFAULT_SPAN;
    if (since && !parse_when("since", str_of(since), count_from, &out->since_us, &dated, err))
        return false;
    out->since_us = clock_floor(out->since_us, by == BY_EVENT ? CLOCK_HOUR : CLOCK_DAY);
    out->as_of_us = out->until_us < now_us ? out->until_us : now_us;
    if (is_old(newest_us, out->as_of_us))
        out->as_of_us = whole_second_after(newest_us);
    if (out->since_us < out->until_us)
        return true;
    return err_set(err, ERR_CONFIG,
                   "the window is empty: --since is not before --until (a date means its first moment)");
}

struct window window_before(const struct window *window)
{
    const int64_t unit = window->by == BY_EVENT ? CLOCK_HOUR : CLOCK_DAY;
    const int64_t span = window->until_us - window->since_us;
    struct window before = *window;

    before.until_us = window->since_us;
    before.since_us = clock_floor(window->since_us - span + unit - 1, unit);
    before.as_of_us = before.until_us;
    before.data_ended = false;
    return before;
}

/* A date alone where the time is midnight. */
static const char *moment(int64_t at_us, char out[CLOCK_TEXT])
{
    char text[CLOCK_TEXT];

    if (at_us == clock_floor(at_us, CLOCK_DAY))
        return clock_date_text(at_us, out);
    clock_text(clock_floor(at_us, CLOCK_SECOND), text);
    snprintf(out, CLOCK_TEXT, "%.10s %.5s", text, text + 11);
    return out;
}

const char *window_text(const struct window *window, char out[WINDOW_TEXT])
{
    char since[CLOCK_TEXT], until[CLOCK_TEXT];

    snprintf(out, WINDOW_TEXT, "%s to %s UTC%s", moment(window->since_us, since), moment(window->until_us, until),
             window->data_ended ? ", where the data ends" : "");
    return out;
}

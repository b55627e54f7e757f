#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_cpu_us(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

/* Both conversions count from 1 March, so that the leap day is a year's last (Howard Hinnant's method). */
int64_t clock_days(int year, int month, int day)
{
    const int64_t y = (int64_t)year - (month <= 2);
    const int64_t era = (y >= 0 ? y : y - 399) / 400;
    const int64_t yoe = y - era * 400;
    const int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void clock_civil(int64_t days, int *year, int *month, int *day)
{
    const int64_t z = days + 719468;
    const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    const int64_t doe = z - era * 146097;
    const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int64_t mp = (5 * doy + 2) / 153;

    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

int64_t clock_floor(int64_t at_us, int64_t unit_us)
{
    const int64_t rest = at_us % unit_us;

    return at_us - rest - (rest < 0 ? unit_us : 0);
}

static bool take_digits(str *in, int count, int *out)
{
    if (in->n < (size_t)count)
        return false;
    *out = 0;
    for (int i = 0; i < count; i++) {
        if (!str_is_digit(in->p[i]))
            return false;
        *out = *out * 10 + (in->p[i] - '0');
    }
    *in = str_from(*in, (size_t)count);
    return true;
}

/* Up to nine digits of a second, as microseconds. */
static int64_t take_fraction(str *in)
{
    int64_t us = 0, unit = CLOCK_SECOND / 10;

    if (!str_take_char(in, '.') && !str_take_char(in, ','))
        return 0;
    for (; in->n > 0 && str_is_digit(in->p[0]); *in = str_from(*in, 1), unit /= 10)
        us += unit * (in->p[0] - '0');
    return us;
}

static bool take_offset(str *in, int64_t *offset_us)
{
    int hours, minutes;
    const bool east = in->n > 0 && in->p[0] == '+';

    if (str_take_char(in, 'Z') || str_take_char(in, 'z')) {
        *offset_us = 0;
        return true;
    }
    if (!str_take_char(in, '+') && !str_take_char(in, '-'))
        return false;
    if (!take_digits(in, 2, &hours))
        return false;
    str_take_char(in, ':');
    if (!take_digits(in, 2, &minutes))
        return false;
    *offset_us = (hours * CLOCK_HOUR + minutes * CLOCK_MINUTE) * (east ? 1 : -1);
    return true;
}

static bool take_clock(str *in, int64_t *of_day_us)
{
    int h, m, s = 0;

    if (!take_digits(in, 2, &h) || !str_take_char(in, ':') || !take_digits(in, 2, &m))
        return false;
    if (str_take_char(in, ':') && !take_digits(in, 2, &s))
        return false;
    if (h > 23 || m > 59 || s > 60)
        return false;
    *of_day_us = h * CLOCK_HOUR + m * CLOCK_MINUTE + s * CLOCK_SECOND;
    return true;
}

bool clock_take_rfc3339(str *in, int64_t *at_us)
{
    str rest = *in;
    int year, month, day;
    int64_t of_day, offset;

    if (!take_digits(&rest, 4, &year) || !str_take_char(&rest, '-') ||
        !take_digits(&rest, 2, &month) || !str_take_char(&rest, '-') ||
        !take_digits(&rest, 2, &day) || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    if (!str_take_char(&rest, 'T') && !str_take_char(&rest, ' '))
        return false;
    if (!take_clock(&rest, &of_day))
        return false;
    const int64_t fraction = take_fraction(&rest);
    if (!take_offset(&rest, &offset))
        return false;
    *at_us = clock_days(year, month, day) * CLOCK_DAY + of_day + fraction - offset;
    *in = rest;
    return true;
}

static bool take_month(str *in, int *month)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    if (in->n < 3)
        return false;
    for (int i = 0; i < 12; i++)
        if (str_starts_nocase(*in, (str){names + (ptrdiff_t)i * 3, 3})) {
            *month = i + 1;
            *in = str_from(*in, 3);
            return true;
        }
    return false;
}

static str skip_comments(str s)
{
    for (s = str_trim(s); s.n > 0 && s.p[0] == '('; s = str_trim(s)) {
        const size_t end = str_find_char(s, ')');
        s = end == STR_NONE ? str_from(s, s.n) : str_from(s, end + 1);
    }
    return s;
}

/* RFC 5322 4.3: a zone of letters that is not a North American one means "unknown", taken as UTC. */
static int64_t zone_of_letters(str zone)
{
    static const struct {
        const char *name;
        int hours;
    } zones[] = {{"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5}, {"MST", -7},
                 {"MDT", -6}, {"PST", -8}, {"PDT", -7}, {"JST", 9}};

    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        if (str_starts_nocase(zone, str_of(zones[i].name)))
            return zones[i].hours * CLOCK_HOUR;
    return 0;
}

bool clock_parse_rfc5322(str text, int64_t *at_us)
{
    str rest = skip_comments(text);
    const size_t comma = str_find_char(rest, ',');
    uint64_t day, year;
    int month;
    int64_t of_day, offset = 0;

    if (comma != STR_NONE && comma < 12)
        rest = str_trim(str_from(rest, comma + 1));
    else
        while (rest.n > 0 && str_is_alpha(rest.p[0])) /* "Tue 3 Mar": the comma forgotten */
            rest = str_from(rest, 1);
    rest = str_trim(rest);
    if (!str_take_u64(&rest, &day) || day < 1 || day > 31)
        return false;
    while (rest.n > 0 && (rest.p[0] == ' ' || rest.p[0] == '-'))
        rest = str_from(rest, 1);
    if (!take_month(&rest, &month))
        return false;
    while (rest.n > 0 && !str_is_digit(rest.p[0]))
        rest = str_from(rest, 1);
    if (!str_take_u64(&rest, &year) || year > 9999)
        return false;
    year += year < 50 ? 2000 : year < 1000 ? 1900 : 0;
    rest = str_trim(rest);
    if (rest.n > 1 && rest.p[1] == ':') /* "9:05:01" */
        rest = (str){rest.p - 1, rest.n + 1};
    str time = rest;
    char padded[9];
    if (time.n >= 8 && time.p[0] == ' ') {
        memcpy(padded, time.p, 8);
        padded[0] = '0';
        str clock = {padded, 8};
        if (!take_clock(&clock, &of_day))
            return false;
        time = str_from(time, 8);
    } else if (!take_clock(&time, &of_day)) {
        return false;
    }
    time = str_trim(time);
    if (!take_offset(&time, &offset))
        offset = zone_of_letters(time);
    *at_us = clock_days((int)year, month, (int)day) * CLOCK_DAY + of_day - offset;
    return true;
}

bool clock_parse_age(str text, int64_t *age_us)
{
    static const struct {
        char unit;
        int64_t us;
    } units[] = {{'s', CLOCK_SECOND}, {'m', CLOCK_MINUTE}, {'h', CLOCK_HOUR},
                 {'d', CLOCK_DAY},    {'w', 7 * CLOCK_DAY}};
    uint64_t n;
    str rest = text;

    if (!str_take_u64(&rest, &n) || rest.n != 1 || n > 36500)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (rest.p[0] == units[i].unit) {
            *age_us = (int64_t)n * units[i].us;
            return true;
        }
    return false;
}

const char *clock_text(int64_t at_us, char out[CLOCK_TEXT])
{
    const int64_t day = clock_floor(at_us, CLOCK_DAY) / CLOCK_DAY;
    const int64_t of_day = at_us - day * CLOCK_DAY;
    const int ms = (int)(of_day % CLOCK_SECOND / 1000);
    const int s = (int)(of_day / CLOCK_SECOND);
    int y, m, d;

    clock_civil(day, &y, &m, &d);
    const int n = snprintf(out, CLOCK_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u", (unsigned)y % 10000u, (unsigned)m % 100u,
                           (unsigned)d % 100u, (unsigned)s / 3600u % 100u, (unsigned)s / 60u % 60u, (unsigned)s % 60u);

    if (ms)
        snprintf(out + n, (size_t)(CLOCK_TEXT - n), ".%03uZ", (unsigned)ms % 1000u);
    else
        snprintf(out + n, (size_t)(CLOCK_TEXT - n), "Z");
    return out;
}

const char *clock_date_text(int64_t at_us, char out[CLOCK_TEXT])
{
    int y, m, d;

    clock_civil(clock_floor(at_us, CLOCK_DAY) / CLOCK_DAY, &y, &m, &d);
    snprintf(out, CLOCK_TEXT, "%04u-%02u-%02u", (unsigned)y % 10000u, (unsigned)m % 100u, (unsigned)d % 100u);
    return out;
}

#include "logs/stamp.h"

struct reading { /* what a stamp's characters say */
    int year, month, day; /* year 0: not said */
    int64_t of_day_us;
};

void stamps_free(struct stamps *stamps)
{
    zone_free(stamps->zone);
    stamps->zone = NULL;
}

void stamps_reset(struct stamps *stamps)
{
    struct zone *zone = stamps->zone;

    *stamps = (struct stamps){.zone = zone, .last_us = CLOCK_NONE};
}

int64_t stamps_utc(struct stamps *stamps, int64_t local_us)
{
    return stamps->zone ? zone_utc(stamps->zone, local_us, stamps->last_us) : local_us;
}

static int month_of(const char *p)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int i = 0; i < 12; i++)
        if (memcmp(p, names + (ptrdiff_t)i * 3, 3) == 0)
            return i + 1;
    return 0;
}

static bool take_month(str *in, int *month)
{
    if (in->n < 4 || in->p[3] != ' ')
        return false;
    *month = month_of(in->p);
    *in = str_from(*in, 4);
    return *month != 0;
}

/* "3", " 3" or "03". */
static bool take_day(str *in, int *day)
{
    str rest = str_skip_blanks(*in);
    uint64_t n;

    if (!str_take_u64(&rest, &n) || n < 1 || n > 31 || !str_take_char(&rest, ' '))
        return false;
    *day = (int)n;
    *in = rest;
    return true;
}

static bool take_two(str *in, int most, int *out)
{
    if (in->n < 2 || !str_is_digit(in->p[0]) || !str_is_digit(in->p[1]))
        return false;
    *out = (in->p[0] - '0') * 10 + in->p[1] - '0';
    *in = str_from(*in, 2);
    return *out <= most;
}

static bool take_year(str *in, int *year)
{
    str rest = *in;
    uint64_t n;

    if (!str_take_u64(&rest, &n) || in->n - rest.n != 4 || n < 1970 || n > 9998 || !str_take_char(&rest, ' '))
        return false;
    *year = (int)n;
    *in = rest;
    return true;
}

/* Behind a dot or a comma; digits beyond the microsecond are dropped. */
static int64_t take_fraction(str *in)
{
    int64_t us = 0, unit = CLOCK_SECOND / 10;

    if (in->n < 2 || (in->p[0] != '.' && in->p[0] != ',') || !str_is_digit(in->p[1]))
        return 0;
    for (*in = str_from(*in, 1); in->n > 0 && str_is_digit(in->p[0]); *in = str_from(*in, 1), unit /= 10)
        us += unit * (in->p[0] - '0');
    return us;
}

static bool take_time_of_day(str *in, int64_t *of_day_us)
{
    int h, m, s;

    if (!take_two(in, 23, &h) || !str_take_char(in, ':') || !take_two(in, 59, &m) || !str_take_char(in, ':') ||
        !take_two(in, 60, &s))
        return false;
    *of_day_us = h * CLOCK_HOUR + m * CLOCK_MINUTE + s * CLOCK_SECOND;
    *of_day_us += take_fraction(in);
    return true;
}

static bool take_bsd(str *in, struct reading *r)
{
    str rest = *in;

    *r = (struct reading){0};
    if (rest.n > 0 && str_is_digit(rest.p[0]) && !take_year(&rest, &r->year))
        return false;
    if (!take_month(&rest, &r->month) || !take_day(&rest, &r->day))
        return false;
    if (r->year == 0)
        take_year(&rest, &r->year); /* "Mar  3 2026 09:05:01" */
    if (!take_time_of_day(&rest, &r->of_day_us))
        return false;
    if (rest.n > 0 && !str_take_char(&rest, ' ') && !str_take(&rest, STR(": ")))
        return false;
    *in = str_skip_blanks(rest);
    return true;
}

static bool is_date(int year, int month, int day)
{
    int y, m, d;

    clock_civil(clock_days(year, month, day), &y, &m, &d);
    return m == month && d == day;
}

int stamp_newest_year(int year, int month, int day, int64_t limit_us)
{
    for (int tries = 0; tries < 9; tries++, year--) /* leap years are at most eight apart */
        if (is_date(year, month, day) && clock_days(year, month, day) * CLOCK_DAY <= limit_us)
            return year;
    return year + 8;
}

/* No year was given with the input: the newest one that does not put the stamp into the future. */
static int year_before_now(int month, int day)
{
    const int64_t now = clock_now_us();
    int year, m, d;

    clock_civil(clock_floor(now, CLOCK_DAY) / CLOCK_DAY, &year, &m, &d);
    return stamp_newest_year(year + 1, month, day, now + CLOCK_DAY);
}

static int walk_year(struct stamps *s, const struct reading *r)
{
    if (s->year == 0)
        s->year = year_before_now(r->month, r->day);
    else if (s->month && r->month < s->month - 6)
        s->year++;
    else if (s->month == 1 && s->day <= 2 && r->month == 12 && r->day >= 30)
        s->year--;
    s->month = r->month;
    s->day = r->day;
    return s->year;
}

static int64_t reading_utc(struct stamps *s, const struct reading *r, int year)
{
    const int64_t at_us = stamps_utc(s, clock_days(year, r->month, r->day) * CLOCK_DAY + r->of_day_us);

    s->last_us = at_us;
    return at_us;
}

bool stamp_take_bsd(struct stamps *stamps, str *in, int64_t *at_us, enum log_quality *quality)
{
    const str text = *in;
    struct reading r;

    /* Lines of one second follow each other: the decoded stamp is kept. */
    if (text.n > 16 && stamps->last[0] && memcmp(text.p, stamps->last, 16) == 0) {
        *at_us = stamps->last_us;
        *quality = TIME_NO_YEAR;
        *in = (str){text.p + 16, text.n - 16};
        return true;
    }
    if (!take_bsd(in, &r))
        return false;
    *quality = r.year ? TIME_NO_ZONE : TIME_NO_YEAR;
    *at_us = reading_utc(stamps, &r, r.year ? r.year : walk_year(stamps, &r));
    if (r.year == 0 && in->p == text.p + 16)
        memcpy(stamps->last, text.p, 16);
    else
        stamps->last[0] = '\0';
    return true;
}

static bool take_iso_date(str *in, struct reading *r)
{
    if (in->n < 11 || in->p[4] != '-' || in->p[7] != '-')
        return false;
    str year = str_to(*in, 4), rest = str_from(*in, 5);
    uint64_t n;

    if (!str_take_u64(&year, &n) || year.n != 0 || n < 1970 || n > 9998)
        return false;
    r->year = (int)n;
    if (!take_two(&rest, 12, &r->month) || !str_take_char(&rest, '-') || !take_two(&rest, 31, &r->day) ||
        r->month == 0 || r->day == 0)
        return false;
    *in = rest;
    return true;
}

static bool take_spaced_zone(str *in, int64_t *at_us)
{
    struct reading r = {0};
    str rest = *in;
    int hours, minutes;

    if (!take_iso_date(&rest, &r) || !str_take_char(&rest, ' ') || !take_time_of_day(&rest, &r.of_day_us) ||
        !str_take_char(&rest, ' ') || rest.n < 6 || (rest.p[0] != '+' && rest.p[0] != '-') || rest.p[5] != ' ')
        return false;
    const int sign = rest.p[0] == '-' ? -1 : 1;
    rest = str_from(rest, 1);
    if (!take_two(&rest, 14, &hours) || !take_two(&rest, 59, &minutes))
        return false;
    *at_us = clock_days(r.year, r.month, r.day) * CLOCK_DAY + r.of_day_us -
             sign * (hours * CLOCK_HOUR + minutes * CLOCK_MINUTE);
    *in = rest;
    return true;
}

/* As with BSD stamps: lines of one second follow each other. What may be a zone behind the stamp is looked at anew. */
static bool same_iso(const struct stamps *s, str text)
{
    return text.n > 20 && s->last_iso[0] && memcmp(text.p, s->last_iso, 20) == 0 && text.p[20] != '+' &&
           text.p[20] != '-' && text.p[20] != ' ';
}

bool stamp_take_iso(struct stamps *stamps, str *in, int64_t *at_us, enum log_quality *quality)
{
    str rest = *in;
    struct reading r = {0};

    if (same_iso(stamps, rest)) {
        *at_us = stamps->last_us = stamps->last_iso_us;
        *quality = TIME_NO_ZONE;
        *in = str_from(rest, 20);
        return true;
    }
    if (rest.n >= 20 && clock_take_rfc3339(&rest, at_us) && (rest.n == 0 || rest.p[0] == ' ')) {
        *quality = TIME_EXACT;
        *in = str_skip_blanks(rest);
        return true;
    }
    rest = *in;
    if (take_spaced_zone(&rest, at_us)) { /* "2026-03-03 09:05:01 +0100": Exim's log_timezone */
        *quality = TIME_EXACT;
        *in = str_skip_blanks(rest);
        return true;
    }
    rest = *in;
    if (!take_iso_date(&rest, &r) || (!str_take_char(&rest, 'T') && !str_take_char(&rest, ' ')) ||
        !take_time_of_day(&rest, &r.of_day_us) || (rest.n > 0 && !str_take_char(&rest, ' ')))
        return false;
    *quality = TIME_NO_ZONE;
    *at_us = reading_utc(stamps, &r, r.year);
    stamps->last[0] = stamps->last_iso[0] = '\0';
    if (rest.p == in->p + 20) {
        memcpy(stamps->last_iso, in->p, 20);
        stamps->last_iso_us = *at_us;
    }
    *in = str_skip_blanks(rest);
    return true;
}

bool stamp_take_weekday(struct stamps *stamps, str *in, int64_t *at_us, enum log_quality *quality)
{
    str rest = *in, zone;

    if (rest.n < 25 || rest.p[3] != ' ' || !str_is_alpha(rest.p[0]) || !str_is_digit(rest.p[4]))
        return false;
    rest = str_from(rest, 4);
    if (!stamp_take_iso(stamps, &rest, at_us, quality) || !str_take_word(&rest, &zone))
        return false;
    if (str_eq(zone, STR("UTC")) && *quality == TIME_NO_ZONE) {
        str again = str_from(*in, 4);
        struct reading r = {0};
        if (!take_iso_date(&again, &r) || !str_take_char(&again, ' ') || !take_time_of_day(&again, &r.of_day_us))
            return false;
        *at_us = clock_days(r.year, r.month, r.day) * CLOCK_DAY + r.of_day_us;
        *quality = TIME_EXACT;
    }
    *in = str_skip_blanks(rest);
    return true;
}

bool stamp_take_unix(str *in, int64_t *at_us)
{
    str rest = *in;
    uint64_t s;

    if (!str_take_u64(&rest, &s) || s < 100000000 || s > 99999999999 || rest.n < 2 || rest.p[0] != '.')
        return false;
    *at_us = (int64_t)s * CLOCK_SECOND + take_fraction(&rest);
    if (!str_take_char(&rest, ' '))
        return false;
    *in = rest;
    return true;
}

bool stamp_yearless(str text, int *month, int *day)
{
    struct reading r;

    if (!take_bsd(&text, &r) || r.year)
        return false;
    *month = r.month;
    *day = r.day;
    return true;
}

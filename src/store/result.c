#include "store/result.h"

#include <locale.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "store/wire.h"

/* Answers come as text, in a session whose settings make it exact (sql/queries/db_session.sql). */

/* sum(bigint) is numeric and whole; a rate is numeric with digits behind the point, "0.0000" too. */
static bool is_whole(const struct db_result *result, size_t column)
{
    for (size_t row = 0; row < db_rows(result); row++) {
        const str text = db_text(result, row, column);
        if (text.n > 18 || str_find_char(text, '.') != STR_NONE || str_find_char(text, 'N') != STR_NONE)
            return false;
    }
    return true;
}

enum { NUMERIC_OID = 1700 };

enum db_type db_column_type(const struct db_result *result, size_t column)
{
    const uint32_t oid = db_column_oid(result, column);

    if (oid == NUMERIC_OID && is_whole(result, column))
        return DB_INT8;
    return wire_type(oid);
}

static int64_t char_value(str text)
{
    if (text.n == 4 && text.p[0] == '\\') /* charout() writes bytes over 127 as \ooo */
        return strtol(text.p + 1, NULL, 8);
    return text.n ? (unsigned char)text.p[0] : 0;
}

int64_t db_int(const struct db_result *result, size_t row, size_t column)
{
    const str text = db_text(result, row, column);
    const enum db_type type = wire_type(db_column_oid(result, column));

    if (type == DB_CHAR)
        return char_value(text);
    if (type == DB_BOOL)
        return str_eq(text, STR("t"));
    return strtoll(text.p, NULL, 10);
}

static locale_t numbers; /* the C locale: a point is a point, whatever the user's locale says */

static void make_numbers(void)
{
    numbers = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
}

double db_float(const struct db_result *result, size_t row, size_t column)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make_numbers);
    return strtod_l(db_text(result, row, column).p, NULL, numbers);
}

/* "2026-03-03" off the front; the year may have more digits. */
static bool take_date(str *in, int64_t *days)
{
    uint64_t year, month, day;

    if (!str_take_u64(in, &year) || !str_take_char(in, '-') || !str_take_u64(in, &month) || !str_take_char(in, '-') ||
        !str_take_u64(in, &day) || year > 300000)
        return false;
    *days = clock_days((int)year, (int)month, (int)day);
    return true;
}

int64_t db_date(const struct db_result *result, size_t row, size_t column)
{
    str text = db_text(result, row, column);
    int64_t days = 0;

    return take_date(&text, &days) ? days : 0;
}

/* "09:05:01.000012+00": the session's zone is UTC, so the rest says nothing. */
static int64_t take_of_day(str *in)
{
    uint64_t hours = 0, minutes = 0, seconds = 0;
    int64_t us = 0, unit = CLOCK_SECOND / 10;

    str_take_u64(in, &hours);
    str_take_char(in, ':');
    str_take_u64(in, &minutes);
    str_take_char(in, ':');
    str_take_u64(in, &seconds);
    if (str_take_char(in, '.'))
        for (; in->n > 0 && str_is_digit(in->p[0]); *in = str_from(*in, 1), unit /= 10)
            us += unit * (in->p[0] - '0');
    return (int64_t)(hours * 3600 + minutes * 60 + seconds) * CLOCK_SECOND + us;
}

int64_t db_time(const struct db_result *result, size_t row, size_t column)
{
    str text = db_text(result, row, column);
    int64_t days;

    if (str_eq(text, STR("infinity")))
        return INT64_MAX;
    if (!take_date(&text, &days))
        return CLOCK_NONE;
    str_take_char(&text, ' ');
    return days * CLOCK_DAY + take_of_day(&text);
}

static unsigned nibble(char c)
{
    return str_is_digit(c) ? (unsigned)(c - '0') : (unsigned)(str_lower_char(c) - 'a' + 10);
}

str db_bytes(const struct db_result *result, size_t row, size_t column)
{
    const str text = str_from(db_text(result, row, column), 2); /* behind "\x" */
    char *out = arena_alloc(db_result_arena(result), text.n / 2 + 1);

    for (size_t i = 0; i + 1 < text.n; i += 2)
        out[i / 2] = (char)(nibble(text.p[i]) << 4 | nibble(text.p[i + 1]));
    return (str){out, text.n / 2};
}

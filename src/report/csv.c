/* Answers as CSV (RFC 4180) that is safe to open in a spreadsheet (CWE-1236). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "report/render.h"

static bool is_number(str s)
{
    char text[40];
    char *end;

    if (s.n == 0 || s.n >= sizeof text)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    (void)strtod(text, &end);
    return *end == '\0' && str_find_char(s, 'x') == STR_NONE;
}

static bool is_formula(str s)
{
    return s.n > 0 && memchr("=+-@\t\r\n", s.p[0], 8) && !is_number(s); /* 8: NUL as well */
}

static void add_text(struct buf *out, str s)
{
    const bool formula = is_formula(s);
    bool quote = formula || (s.n > 0 && (s.p[0] == ' ' || s.p[s.n - 1] == ' '));

    for (size_t i = 0; i < s.n && !quote; i++)
        quote = s.p[i] == '"' || s.p[i] == ',' || s.p[i] == '\r' || s.p[i] == '\n';
    if (!quote) {
        buf_add(out, s);
        return;
    }
    buf_add(out, formula ? STR("\"'") : STR("\""));
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            buf_add_char(out, '"');
        buf_add_char(out, s.p[i]);
    }
    buf_add_char(out, '"');
}

/* The shortest text that reads back the same. */
static void add_double(struct buf *out, double value)
{
    char text[32];

    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    buf_add(out, str_of(text));
}

static void add_value(struct buf *out, const struct answer *answer, size_t row, size_t column)
{
    char time[CLOCK_TEXT];

    if (answer_null(answer, row, column))
        return;
    switch (answer->report->columns[column].unit) {
    case UNIT_RATE:
    case UNIT_SECONDS:
        add_double(out, answer_double(answer, row, column));
        break;
    case UNIT_TIME:
        buf_add(out, str_of(clock_text(answer_time(answer, row, column), time)));
        break;
    case UNIT_TEXT:
    case UNIT_URL:
        add_text(out, answer_text(answer, row, column));
        break;
    default:
        buf_printf(out, "%lld", (long long)answer_int(answer, row, column));
    }
}

static void add_answer(struct buf *out, const struct answer *answer)
{
    const size_t columns = answer->report->column_count;

    for (size_t i = 0; i < columns; i++)
        buf_printf(out, "%s%s", i ? "," : "", answer->report->columns[i].name);
    buf_add(out, STR("\r\n"));
    for (size_t row = 0; row < answer->count; row++) {
        for (size_t i = 0; i < columns; i++) {
            if (i > 0)
                buf_add_char(out, ',');
            add_value(out, answer, row, i);
        }
        buf_add(out, STR("\r\n"));
    }
}

void render_csv(struct buf *out, const struct answers *answers)
{
    bool first = true;

    for (size_t i = 0; i < answers->count; i++) {
        if (answers->items[i].aside)
            continue;
        if (!first)
            buf_add(out, STR("\r\n"));
        first = false;
        add_answer(out, &answers->items[i]);
    }
}

#include "base/csv.h"

enum { ROW_BYTES_MAX = 64 * 1024 };

void csv_free(struct csv *csv)
{
    buf_free(&csv->pending);
    buf_free(&csv->names);
}

/* Where the quoted value ends that begins at i; STR_NONE when the row goes on behind the line's end. */
static size_t closing_quote(str text, size_t i)
{
    for (i++; i < text.n; i++) {
        if (text.p[i] != '"')
            continue;
        if (i + 1 == text.n || text.p[i + 1] != '"')
            return i;
        i++;
    }
    return STR_NONE;
}

/* "" stands for one quote. */
static str undouble(str value, struct arena *arena)
{
    size_t n = 0;

    if (str_find_char(value, '"') == STR_NONE)
        return value;
    char *p = arena_alloc(arena, value.n + 1);
    for (size_t i = 0; i < value.n; i++) {
        p[n++] = value.p[i];
        i += value.p[i] == '"';
    }
    return (str){p, n};
}

static enum csv_result split(struct csv *csv, str text, struct arena *arena)
{
    size_t i = 0;

    csv->count = 0;
    for (;;) {
        const bool quoted = i < text.n && text.p[i] == '"';
        const size_t quote = quoted ? closing_quote(text, i) : 0;
        if (quote == STR_NONE)
            return CSV_PART;
        size_t end = quoted ? quote + 1 : i;
        while (end < text.n && text.p[end] != ',')
            end++;
        if (csv->count == CSV_COLUMNS)
            return CSV_BAD;
        const str value = quoted ? (str){text.p + i + 1, quote - i - 1} : (str){text.p + i, end - i};
        csv->field[csv->count++] = quoted ? undouble(value, arena) : value;
        if (end == text.n)
            return CSV_ROW;
        i = end + 1;
    }
}

enum csv_result csv_read(struct csv *csv, str text, struct arena *arena)
{
    if (csv->open) {
        buf_add_char(&csv->pending, '\n');
        buf_add(&csv->pending, text);
        text = buf_str(&csv->pending);
    }
    const enum csv_result result = split(csv, text, arena);
    if (result == CSV_PART && text.n < ROW_BYTES_MAX) {
        if (!csv->open) {
            buf_clear(&csv->pending);
            buf_add(&csv->pending, text);
        }
        csv->open = true;
        return CSV_PART;
    }
    csv->open = false;
    return result == CSV_PART ? CSV_BAD : result;
}

void csv_name_columns(struct csv *csv)
{
    buf_clear(&csv->names);
    csv->columns = csv->count;
    for (size_t i = 0; i < csv->count; i++) {
        csv->at[i] = csv->names.n;
        buf_add(&csv->names, str_trim(csv->field[i]));
        buf_add_char(&csv->names, '\0');
    }
}

str csv_get(const struct csv *csv, const char *column)
{
    for (size_t i = 0; i < csv->columns && i < csv->count; i++)
        if (str_eq_nocase(str_of(csv->names.p + csv->at[i]), str_of(column)))
            return csv->field[i];
    return (str){"", 0};
}

bool csv_has(const struct csv *csv, const char *column)
{
    for (size_t i = 0; i < csv->columns; i++)
        if (str_eq_nocase(str_of(csv->names.p + csv->at[i]), str_of(column)))
            return true;
    return false;
}

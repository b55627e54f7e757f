#include "imports/reading.h"

#include <arpa/inet.h>
#include <string.h>

/* ---------------------------------------------------------------- values within bounds */

str without_bom(str text)
{
    str_take(&text, STR("\xEF\xBB\xBF"));
    return text;
}

str value_clip(str text, size_t most)
{
    text = str_trim(text);
    if (text.n <= most)
        return text;
    while (most > 0 && ((unsigned char)text.p[most] & 0xc0) == 0x80)
        most--;
    return str_to(text, most);
}

bool value_ip(str text, struct arena *arena, str *out)
{
    char ip[INET6_ADDRSTRLEN], shortest[INET6_ADDRSTRLEN];
    unsigned char bytes[16];

    text = str_trim(text);
    if (text.n == 0 || text.n >= sizeof ip)
        return false;
    memcpy(ip, text.p, text.n);
    ip[text.n] = '\0';
    const int family = str_find_char(text, ':') == STR_NONE ? AF_INET : AF_INET6;
    if (inet_pton(family, ip, bytes) != 1 || !inet_ntop(family, bytes, shortest, sizeof shortest))
        return false;
    *out = arena_str(arena, str_of(shortest));
    return true;
}

/* Letters, digits, hyphens, underscores and what is no ASCII (RFC 5890 names as people write them), a dot somewhere. */
bool value_domain(str text, struct arena *arena, str *out)
{
    text = str_trim(text);
    if (text.n > 0 && text.p[text.n - 1] == '.')
        text.n--;
    if (text.n == 0 || text.n > 253 || text.p[0] == '.' || str_find_char(text, '.') == STR_NONE)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        if (!str_is_alpha(c) && !str_is_digit(c) && c != '-' && c != '_' && c != '.' && (unsigned char)c < 0x80)
            return false;
    }
    *out = arena_lower(arena, text);
    return true;
}

bool value_word(str text, size_t most)
{
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        if (!str_is_alpha(c) && !str_is_digit(c) && c != '-' && c != '_' && c != '.')
            return false;
    }
    return text.n > 0 && text.n <= most;
}

str value_list(const struct json_value *list, const char *between, size_t most, struct arena *arena)
{
    struct buf all = {0};

    if (json_kind_of(list) != VALUE_ARRAY)
        return value_clip(json_text(list), most);
    for (size_t i = 0; i < json_count(list) && all.n < most; i++) {
        const str one = value_clip(json_text(json_at(list, i)), TEXT_BYTES);
        if (one.n > 0 && all.n > 0)
            buf_add(&all, str_of(between));
        buf_add(&all, one);
    }
    const str text = arena_str(arena, value_clip(buf_str(&all), most));
    buf_free(&all);
    return text;
}

bool value_count_text(str text, int64_t *out)
{
    uint64_t n;

    text = str_trim(text);
    if (!str_take_u64(&text, &n) || text.n > 0 || n > (uint64_t)COUNT_MOST)
        return false;
    *out = (int64_t)n;
    return true;
}

bool value_count(const struct json_value *value, int64_t *out)
{
    return json_whole(value, out) && *out >= 0 && *out <= COUNT_MOST;
}

bool value_ratio(const struct json_value *value, double *out)
{
    return json_number(value, out) && *out >= 0 && *out <= 1;
}

bool value_possible(const struct import_reading *reading, int64_t at_us)
{
    return at_us >= clock_days(2000, 1, 1) * CLOCK_DAY && at_us < reading->now_us + 2 * CLOCK_DAY;
}

bool value_day(const struct import_reading *reading, int year, int month, int day, int64_t *out)
{
    int y, m, d;

    if (year < 2000 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    *out = clock_days(year, month, day);
    clock_civil(*out, &y, &m, &d);
    return m == month && d == day && value_possible(reading, *out * CLOCK_DAY);
}

/* ---------------------------------------------------------------- telling */

bool reading_tell(struct import_reading *reading, const struct import_row *row)
{
    if (reading->rows >= IMPORT_ROWS_MAX)
        return false;
    reading->rows++;
    reading->row(reading->self, row);
    return true;
}

void reading_read(struct import_reading *reading, int64_t day)
{
    struct import_counts *counts = &reading->counts;

    counts->read++;
    if (day < counts->first_day)
        counts->first_day = day;
    if (day > counts->last_day)
        counts->last_day = day;
}

void reading_unread(struct import_reading *reading, str piece, const char *why)
{
    reading->counts.unread++;
    if (!reading->first_why)
        reading->first_why = why;
    if (reading->unread)
        reading->unread(reading->self, (uint64_t)(piece.p - reading->text.p), piece, why);
}

/* ---------------------------------------------------------------- JSON, whole or by lines */

static void take_one(struct import_reading *reading, document_fn *take, const struct json_value *document)
{
    const char *why = json_kind_of(document) == VALUE_OBJECT ? take(reading, document) : "no JSON object";

    if (why)
        reading_unread(reading, reading->document, why);
}

static void take_value(struct import_reading *reading, document_fn *take, const struct json_value *value)
{
    if (json_kind_of(value) != VALUE_ARRAY) {
        take_one(reading, take, value);
        return;
    }
    for (size_t i = 0; i < json_count(value); i++)
        take_one(reading, take, json_at(value, i));
}

static struct json_value *parse(str text, struct err *err)
{
    if (text.n <= IMPORT_JSON_MAX)
        return json_parse(text, err);
    err_set(err, ERR_INPUT, "a document larger than 2 MiB (limit)");
    return NULL;
}

/* What json_free() will take away is copied where a row keeps it: rows are told before. */
static bool take_text(struct import_reading *reading, document_fn *take, str text, struct err *err)
{
    struct json_value *value = parse(text, err);

    if (!value)
        return false;
    reading->document = text;
    take_value(reading, take, value);
    json_free(value);
    return true;
}

static void take_lines(struct import_reading *reading, document_fn *take, str text)
{
    struct err err = {0};
    str line;

    while (str_take_line(&text, &line)) {
        if (str_trim(line).n > 0 && !take_text(reading, take, line, &err))
            reading_unread(reading, line, "broken JSON");
    }
}

/* The first line is a document of its own: then each is. */
static bool is_lines(str text)
{
    struct err err = {0};
    str line, rest = text;

    if (!str_take_line(&rest, &line) || str_trim(rest).n == 0)
        return false;
    struct json_value *value = parse(line, &err);
    const bool is = json_kind_of(value) == VALUE_OBJECT;
    json_free(value);
    return is;
}

bool reading_documents(struct import_reading *reading, document_fn *take, struct err *err)
{
    str text = without_bom(reading->text);

    while (text.n > 0 && str_is_space(text.p[0]))
        text = str_from(text, 1);
    if (take_text(reading, take, text, err))
        return true;
    if (!is_lines(text))
        return false;
    *err = (struct err){0};
    take_lines(reading, take, text);
    return true;
}

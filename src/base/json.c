#include "base/json.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/utf8.h"

enum { MAX_TEXT = 64 * 1024 * 1024, MAX_DEPTH = 64 };

/* ---------------------------------------------------------------- out */

static void begin_value(struct json_out *out)
{
    if (out->comma)
        buf_add_char(out->to, ',');
    out->comma = true;
}

static void open_group(struct json_out *out, char c)
{
    begin_value(out);
    buf_add_char(out->to, c);
    out->comma = false;
}

static void close_group(struct json_out *out, char c)
{
    buf_add_char(out->to, c);
    out->comma = true;
}

void json_begin_object(struct json_out *out)
{
    open_group(out, '{');
}

void json_end_object(struct json_out *out)
{
    close_group(out, '}');
}

void json_begin_array(struct json_out *out)
{
    open_group(out, '[');
}

void json_end_array(struct json_out *out)
{
    close_group(out, ']');
}

static void add_escape(struct buf *to, unsigned code)
{
    static const char letters[32] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};

    if (code < sizeof letters && letters[code])
        buf_add(to, (str){(const char[]){'\\', letters[code]}, 2});
    else
        buf_printf(to, "\\u%04x", code);
}

/* Bytes that stand for themselves in every JSON text. */
static bool is_plain(const struct json_out *out, unsigned char c)
{
    if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
        return false;
    return !out->for_html || (c != '<' && c != '>' && c != '&');
}

static void add_character(struct json_out *out, uint32_t code, str bytes)
{
    if (code == UTF8_BAD)
        buf_add(out->to, STR("\xEF\xBF\xBD"));
    else if (code == '"' || code == '\\')
        buf_add(out->to, (str){(const char[]){'\\', (char)code}, 2});
    else if (code < 0x20 || code == 0x7f)
        add_escape(out->to, code);
    else if (out->for_html && (code == '<' || code == '>' || code == '&' || code == 0x2028 || code == 0x2029))
        add_escape(out->to, code);
    else
        buf_add(out->to, bytes);
}

static void add_quoted(struct json_out *out, str s)
{
    buf_add_char(out->to, '"');
    while (s.n > 0) {
        size_t plain = 0;

        while (plain < s.n && is_plain(out, (unsigned char)s.p[plain]))
            plain++;
        buf_add(out->to, str_to(s, plain));
        s = str_from(s, plain);
        if (s.n > 0) {
            const str before = s;
            const uint32_t code = utf8_take(&s);
            add_character(out, code, str_to(before, before.n - s.n));
        }
    }
    buf_add_char(out->to, '"');
}

void json_key_str(struct json_out *out, str key)
{
    begin_value(out);
    add_quoted(out, key);
    buf_add_char(out->to, ':');
    out->comma = false;
}

void json_key(struct json_out *out, const char *key)
{
    json_key_str(out, str_of(key));
}

void json_str(struct json_out *out, str value)
{
    begin_value(out);
    add_quoted(out, value);
}

void json_int(struct json_out *out, int64_t value)
{
    begin_value(out);
    buf_printf(out->to, "%lld", (long long)value);
}

void json_double(struct json_out *out, double value)
{
    char text[40];

    begin_value(out);
    if (!isfinite(value)) {
        buf_add(out->to, STR("null"));
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    buf_add(out->to, str_of(text));
}

void json_bool(struct json_out *out, bool value)
{
    begin_value(out);
    buf_add(out->to, value ? STR("true") : STR("false"));
}

void json_none(struct json_out *out)
{
    begin_value(out);
    buf_add(out->to, STR("null"));
}

void json_str_or_none(struct json_out *out, str value)
{
    if (value.n > 0)
        json_str(out, value);
    else
        json_none(out);
}

void json_time(struct json_out *out, int64_t at_us)
{
    char text[CLOCK_TEXT];

    if (at_us == CLOCK_NONE)
        json_none(out);
    else
        json_str(out, str_of(clock_text(at_us, text)));
}

/* ---------------------------------------------------------------- in */

static const json_t *inner(const struct json_value *value)
{
    return (const json_t *)value;
}

static const struct json_value *outer(const json_t *value)
{
    return (const struct json_value *)value;
}

/* jansson recurses: the depth is checked before it starts. Brackets inside of strings do not count. */
static bool too_deep(str text)
{
    int depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];

        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > MAX_DEPTH)
                return true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

static json_t *load(str text, json_error_t *why)
{
    return json_loadb(text.p, text.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, why);
}

/* The text once more with U+FFFD where it was no UTF-8; NULL when that was not what ailed it. */
static json_t *load_mended(str text, json_error_t *why)
{
    struct buf clean = {0};
    json_t *value = NULL;

    if (!utf8_valid(text)) {
        utf8_clean(text, &clean);
        value = load(buf_str(&clean), why);
    }
    buf_free(&clean);
    return value;
}

struct json_value *json_parse(str text, struct err *err)
{
    json_error_t why;
    json_t *value;

    if (text.n > MAX_TEXT) {
        err_set(err, ERR_INPUT, "JSON of %zu bytes (at most %d are read)", text.n, MAX_TEXT);
        return NULL;
    }
    if (too_deep(text)) {
        err_set(err, ERR_INPUT, "JSON nested deeper than %d levels", MAX_DEPTH);
        return NULL;
    }
    value = load(text, &why);
    if (!value)
        value = load_mended(text, &why);
    if (!value)
        err_set(err, ERR_INPUT, "no JSON: %s at byte %d", why.text, why.position);
    return (struct json_value *)value;
}

void json_free(struct json_value *value)
{
    json_decref((json_t *)value);
}

enum json_kind json_kind_of(const struct json_value *value)
{
    static const enum json_kind kinds[] = {
        [JSON_OBJECT] = VALUE_OBJECT,  [JSON_ARRAY] = VALUE_ARRAY, [JSON_STRING] = VALUE_TEXT,
        [JSON_INTEGER] = VALUE_NUMBER, [JSON_REAL] = VALUE_NUMBER, [JSON_TRUE] = VALUE_BOOL,
        [JSON_FALSE] = VALUE_BOOL,     [JSON_NULL] = VALUE_NULL,
    };

    return value ? kinds[json_typeof(inner(value))] : VALUE_NOTHING;
}

const struct json_value *json_get(const struct json_value *object, const char *key)
{
    return outer(json_object_get(inner(object), key));
}

size_t json_count(const struct json_value *array)
{
    return json_kind_of(array) == VALUE_OBJECT ? json_object_size(inner(array)) : json_array_size(inner(array));
}

const struct json_value *json_at(const struct json_value *array, size_t i)
{
    return outer(json_array_get(inner(array), i));
}

str json_text(const struct json_value *value)
{
    if (json_kind_of(value) != VALUE_TEXT)
        return (str){"", 0};
    return (str){json_string_value(inner(value)), json_string_length(inner(value))};
}

str json_get_text(const struct json_value *object, const char *key)
{
    return json_text(json_get(object, key));
}

bool json_number(const struct json_value *value, double *out)
{
    if (json_kind_of(value) != VALUE_NUMBER)
        return false;
    *out = json_number_value(inner(value));
    return true;
}

/* journald writes its numbers as text: "__REALTIME_TIMESTAMP": "1772528701000000". */
static bool whole_of_text(str text, int64_t *out)
{
    const bool negative = str_take_char(&text, '-');
    uint64_t n;

    if (!str_take_u64(&text, &n) || text.n > 0 || n > INT64_MAX)
        return false;
    *out = negative ? -(int64_t)n : (int64_t)n;
    return true;
}

bool json_whole(const struct json_value *value, int64_t *out)
{
    double number;

    if (json_kind_of(value) == VALUE_TEXT)
        return whole_of_text(json_text(value), out);
    if (json_kind_of(value) != VALUE_NUMBER)
        return false;
    if (json_is_integer(inner(value))) {
        *out = json_integer_value(inner(value));
        return true;
    }
    number = json_real_value(inner(value));
    if (number < -9e18 || number > 9e18 || floor(number) != number)
        return false;
    *out = (int64_t)number;
    return true;
}

bool json_truth(const struct json_value *value)
{
    return json_is_true(inner(value));
}

bool json_next(const struct json_value *object, void **at, str *key, const struct json_value **value)
{
    json_t *of = (json_t *)(uintptr_t)inner(object); /* jansson's iterators want it without const */

    *at = *at ? json_object_iter_next(of, *at) : json_object_iter(of);
    if (!*at)
        return false;
    *key = (str){json_object_iter_key(*at), json_object_iter_key_len(*at)};
    *value = outer(json_object_iter_value(*at));
    return true;
}

#include "logs/flat_json.h"

static str skip_space(str s)
{
    while (s.n > 0 && (*s.p == ' ' || *s.p == '\t' || *s.p == '\n' || *s.p == '\r'))
        s = str_from(s, 1);
    return s;
}

bool flat_json_open(str *in)
{
    str rest = skip_space(*in);

    if (!str_take_char(&rest, '{'))
        return false;
    *in = rest;
    return true;
}

/* How long the string is that s begins with, quotes included; 0 when it does not end. */
static size_t string_length(str s)
{
    for (size_t i = 1; i < s.n; i++) {
        if (s.p[i] == '\\')
            i++;
        else if (s.p[i] == '"')
            return i + 1;
    }
    return 0;
}

/* An object or array: to the bracket that closes the first one. */
static size_t nested_length(str s)
{
    size_t depth = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"') {
            const size_t n = string_length(str_from(s, i));
            if (n == 0)
                return 0;
            i += n - 1;
        } else if (s.p[i] == '{' || s.p[i] == '[') {
            depth++;
        } else if ((s.p[i] == '}' || s.p[i] == ']') && --depth == 0) {
            return i + 1;
        }
    }
    return 0;
}

static size_t value_length(str s)
{
    size_t n = 0;

    if (s.n == 0)
        return 0;
    if (s.p[0] == '"')
        return string_length(s);
    if (s.p[0] == '{' || s.p[0] == '[')
        return nested_length(s);
    while (n < s.n && s.p[n] != ',' && s.p[n] != '}' && s.p[n] != ' ')
        n++;
    return n;
}

bool flat_json_member(str *in, str *key, str *value)
{
    str rest = skip_space(*in);

    str_take_char(&rest, ',');
    rest = skip_space(rest);
    const size_t name = rest.n > 0 && rest.p[0] == '"' ? string_length(rest) : 0;
    if (name == 0)
        return false;
    *key = (str){rest.p + 1, name - 2};
    rest = skip_space(str_from(rest, name));
    if (!str_take_char(&rest, ':'))
        return false;
    rest = skip_space(rest);
    const size_t n = value_length(rest);
    if (n == 0)
        return false;
    *value = str_to(rest, n);
    *in = str_from(rest, n);
    return true;
}

static bool take_hex4(str *in, uint32_t *out)
{
    *out = 0;
    if (in->n < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        const char c = str_lower_char(in->p[i]);
        if (!str_is_digit(c) && (c < 'a' || c > 'f'))
            return false;
        *out = *out * 16 + (uint32_t)(str_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    *in = str_from(*in, 4);
    return true;
}

static void add_utf8(struct buf *to, uint32_t c)
{
    if (c < 0x80) {
        buf_add_char(to, (char)c);
        return;
    }
    if (c < 0x800) {
        buf_add_char(to, (char)(0xC0 | c >> 6));
    } else {
        if (c < 0x10000) {
            buf_add_char(to, (char)(0xE0 | c >> 12));
        } else {
            buf_add_char(to, (char)(0xF0 | c >> 18));
            buf_add_char(to, (char)(0x80 | (c >> 12 & 0x3F)));
        }
        buf_add_char(to, (char)(0x80 | (c >> 6 & 0x3F)));
    }
    buf_add_char(to, (char)(0x80 | (c & 0x3F)));
}

/* Behind "\u"; the two halves of a pair come as two escapes (RFC 8259 7). */
static void add_unicode(struct buf *to, str *in)
{
    uint32_t c, low;

    if (!take_hex4(in, &c))
        return;
    str pair = *in;
    if (c >= 0xD800 && c < 0xDC00 && str_take(&pair, STR("\\u")) && take_hex4(&pair, &low) && low >= 0xDC00 &&
        low < 0xE000) {
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        *in = pair;
    }
    add_utf8(to, c >= 0xD800 && c < 0xE000 ? 0xFFFD : c);
}

static void add_escape(struct buf *to, str *in)
{
    static const char from[] = "bfnrt", means[] = "\b\f\n\r\t";
    const char c = in->p[0];
    const char *at = memchr(from, c, sizeof from - 1);

    *in = str_from(*in, 1);
    if (c == 'u')
        add_unicode(to, in);
    else
        buf_add_char(to, at ? means[at - from] : c);
}

static str text_of_string(str inner, struct buf *to)
{
    const size_t start = to->n;

    if (str_find_char(inner, '\\') == STR_NONE)
        return inner;
    while (inner.n > 0) {
        const size_t plain = str_find_char(inner, '\\');
        buf_add(to, str_to(inner, plain));
        inner = plain == STR_NONE ? str_from(inner, inner.n) : str_from(inner, plain + 1);
        if (inner.n > 0 && plain != STR_NONE)
            add_escape(to, &inner);
    }
    return str_from(buf_str(to), start);
}

static str text_of_bytes(str inner, struct buf *to)
{
    const size_t start = to->n;
    uint64_t byte;

    for (;;) {
        while (inner.n > 0 && (inner.p[0] == ',' || inner.p[0] == ' '))
            inner = str_from(inner, 1);
        if (!str_take_u64(&inner, &byte) || byte > 255)
            break;
        buf_add_char(to, (char)byte);
    }
    return str_from(buf_str(to), start);
}

str flat_json_text(str value, struct buf *to)
{
    if (value.n < 2 || (value.p[0] != '"' && value.p[0] != '['))
        return value;
    const str inner = {value.p + 1, value.n - 2};
    return value.p[0] == '"' ? text_of_string(inner, to) : text_of_bytes(inner, to);
}

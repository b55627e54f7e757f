#include "base/str.h"

size_t str_rfind_char(str s, char c)
{
    const char *at = s.n ? memrchr(s.p, c, s.n) : NULL;
    return at ? (size_t)(at - s.p) : STR_NONE;
}

size_t str_find(str s, str needle)
{
    const char *at = needle.n <= s.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;
    return at ? (size_t)(at - s.p) : STR_NONE;
}

static bool same_nocase(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_lower_char(a[i]) != str_lower_char(b[i]))
            return false;
    return true;
}

/* May one of the 16 places from p on be where needle begins? Looks at its first and last character, with the bit set
 * that tells lower case from upper: that takes a few other characters for them, but loses none. */
static bool may_begin(const char *p, str needle)
{
    typedef unsigned char bytes __attribute__((vector_size(16)));
    bytes first, last;
    uint64_t found[2];

    memcpy(&first, p, sizeof first);
    memcpy(&last, p + needle.n - 1, sizeof last);
    const bytes both = (bytes)((first | 0x20) == (unsigned char)(needle.p[0] | 0x20)) &
                       (bytes)((last | 0x20) == (unsigned char)(needle.p[needle.n - 1] | 0x20));
    memcpy(found, &both, sizeof found);
    return found[0] | found[1];
}

size_t str_find_nocase(str s, str needle)
{
    enum { STEP = 16 };
    size_t i = 0;

    if (needle.n == 0)
        return 0;
    while (i + needle.n <= s.n) {
        size_t end = i + STEP;
        if (end - 1 + needle.n <= s.n && !may_begin(s.p + i, needle)) {
            i = end;
            continue;
        }
        for (; i < end && i + needle.n <= s.n; i++)
            if (same_nocase(s.p + i, needle.p, needle.n))
                return i;
    }
    return STR_NONE;
}

void str_lower_into(char *to, str s)
{
    typedef unsigned char bytes __attribute__((vector_size(16)));
    size_t i = 0;

    for (bytes b; i + sizeof b <= s.n; i += sizeof b) {
        memcpy(&b, s.p + i, sizeof b);
        b |= (bytes)(b >= 'A') & (bytes)(b <= 'Z') & 0x20;
        memcpy(to + i, &b, sizeof b);
    }
    for (; i < s.n; i++)
        to[i] = str_lower_char(s.p[i]);
}

bool str_eq_nocase(str a, str b)
{
    return a.n == b.n && same_nocase(a.p, b.p, a.n);
}

bool str_starts_nocase(str s, str head)
{
    return s.n >= head.n && same_nocase(s.p, head.p, head.n);
}

bool str_ends_nocase(str s, str tail)
{
    return s.n >= tail.n && same_nocase(s.p + s.n - tail.n, tail.p, tail.n);
}

int str_compare(str a, str b)
{
    const size_t n = a.n < b.n ? a.n : b.n;
    const int order = n ? memcmp(a.p, b.p, n) : 0;

    return order ? order : (a.n > b.n) - (a.n < b.n);
}

str str_trim(str s)
{
    while (s.n > 0 && str_is_space(s.p[0]))
        s = str_from(s, 1);
    while (s.n > 0 && str_is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool str_take_nocase(str *in, str head)
{
    if (!str_starts_nocase(*in, head))
        return false;
    *in = str_from(*in, head.n);
    return true;
}

static bool take_piece(str *in, size_t at, size_t width, str *piece)
{
    if (at == STR_NONE)
        return false;
    *piece = str_to(*in, at);
    *in = str_from(*in, at + width);
    return true;
}

bool str_take_until(str *in, char stop, str *piece)
{
    return take_piece(in, str_find_char(*in, stop), 1, piece);
}

bool str_take_until_text(str *in, str stop, str *piece)
{
    return take_piece(in, str_find(*in, stop), stop.n, piece);
}

bool str_take_u64(str *in, uint64_t *out)
{
    uint64_t value = 0;

    if (in->n == 0)
        return false;
    const char *p = in->p, *const end = p + in->n;
    for (; p < end && str_is_digit(*p); p++)
        if (__builtin_mul_overflow(value, 10u, &value) || __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
            return false;
    if (p == in->p)
        return false;
    *in = (str){p, (size_t)(end - p)};
    *out = value;
    return true;
}

bool str_take_word(str *in, str *word)
{
    str rest = str_skip_blanks(*in);
    size_t n = 0;

    while (n < rest.n && rest.p[n] != ' ' && rest.p[n] != '\t')
        n++;
    if (n == 0)
        return false;
    *word = str_to(rest, n);
    *in = str_from(rest, n);
    return true;
}

bool str_take_line(str *in, str *line)
{
    const size_t end = str_find_char(*in, '\n');

    if (in->n == 0)
        return false;
    *line = str_to(*in, end);
    *in = end == STR_NONE ? str_from(*in, in->n) : str_from(*in, end + 1);
    if (line->n > 0 && line->p[line->n - 1] == '\r')
        line->n--;
    return true;
}

bool str_take_field(str *in, char separator, str *field)
{
    const size_t end = str_find_char(*in, separator);

    if (in->n == 0)
        return false;
    *field = str_to(*in, end);
    *in = end == STR_NONE ? str_from(*in, in->n) : str_from(*in, end + 1);
    return true;
}

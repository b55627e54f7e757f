/*
 * str - a view of bytes: pointer and length, no NUL, no free.
 *
 * Ownership  none: a view is a value and points into memory of someone else.
 * Errors     take_* answer false and move nothing; the caller works on a copy
 *            and commits it at the end.
 * Limits     bytes are bytes: any may be 0, none is assumed to be UTF-8. Case
 *            is folded for ASCII only, as RFC 5321 2.4 asks for domains and verbs.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const char *p;
    size_t n;
} str;

#define STR(literal) ((str){(literal), sizeof(literal) - 1})
/* For printf: "%.*s" with STR_ARG(view). */
#define STR_ARG(s) (int)(s).n, (s).p
#define STR_NONE SIZE_MAX

static inline str str_of(const char *text)
{
    return text ? (str){text, strlen(text)} : (str){"", 0};
}

static inline bool str_eq(str a, str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline char str_lower_char(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static inline bool str_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool str_is_alpha(char c)
{
    const char l = str_lower_char(c);
    return l >= 'a' && l <= 'z';
}

static inline bool str_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline str str_from(str s, size_t start)
{
    return start >= s.n ? (str){s.p + s.n, 0} : (str){s.p + start, s.n - start};
}

static inline str str_to(str s, size_t end)
{
    return (str){s.p, end < s.n ? end : s.n};
}

static inline bool str_starts(str s, str head)
{
    return s.n >= head.n && memcmp(s.p, head.p, head.n) == 0;
}

static inline bool str_ends(str s, str tail)
{
    return s.n >= tail.n && memcmp(s.p + s.n - tail.n, tail.p, tail.n) == 0;
}

/* Where c or needle first (last) stands, STR_NONE when it does not. */
static inline size_t str_find_char(str s, char c)
{
    const char *at = s.n ? memchr(s.p, c, s.n) : NULL;
    return at ? (size_t)(at - s.p) : STR_NONE;
}
size_t str_rfind_char(str s, char c);
size_t str_find(str s, str needle);
size_t str_find_nocase(str s, str needle);

bool str_eq_nocase(str a, str b);
bool str_starts_nocase(str s, str head);
bool str_ends_nocase(str s, str tail);
int str_compare(str a, str b); /* bytewise, as strcmp */

static inline str str_skip_blanks(str s)
{
    while (s.n > 0 && (*s.p == ' ' || *s.p == '\t'))
        s = str_from(s, 1);
    return s;
}

/* The text in lower case, to room for as many bytes. */
void str_lower_into(char *to, str s);

/* Without white space at both ends. */
str str_trim(str s);

/* Taking pieces off the front of *in. */
static inline bool str_take_char(str *in, char c)
{
    if (in->n == 0 || in->p[0] != c)
        return false;
    *in = str_from(*in, 1);
    return true;
}
static inline bool str_take(str *in, str head)
{
    if (!str_starts(*in, head))
        return false;
    *in = str_from(*in, head.n);
    return true;
}
bool str_take_nocase(str *in, str head);
/* Everything before stop into *piece; *in then begins behind stop. */
bool str_take_until(str *in, char stop, str *piece);
bool str_take_until_text(str *in, str stop, str *piece);
/* One or more decimal digits; false as well when the number does not fit. */
bool str_take_u64(str *in, uint64_t *out);
/* The next run of bytes that are no blanks; false at the end. */
bool str_take_word(str *in, str *word);
/* The next line without its LF or CRLF; false at the end. The last line needs no LF. */
bool str_take_line(str *in, str *line);
/* The next piece between separators, for "a,b,c"; false at the end. */
bool str_take_field(str *in, char separator, str *field);

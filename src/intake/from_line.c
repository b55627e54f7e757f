#include "intake/from_line.h"

size_t from_line_end(str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n')
            return i + 1;
        if (s.p[i] == '\r')
            return i + 1 < s.n && s.p[i + 1] == '\n' ? i + 2 : i + 1;
    }
    return s.n;
}

str from_line_skip_empty(str s)
{
    str_take(&s, STR("\xef\xbb\xbf"));
    for (;;) {
        const str line = str_skip_blanks(s);
        if (line.n == 0 || (line.p[0] != '\n' && line.p[0] != '\r'))
            return line.n == 0 ? line : s;
        s = str_from(line, 1);
    }
}

bool from_line_is_header(str s)
{
    size_t n = 0;

    while (n < s.n && (str_is_alpha(s.p[n]) || str_is_digit(s.p[n]) || s.p[n] == '-' || s.p[n] == '_' || s.p[n] == '.'))
        n++;
    if (n == 0 || !str_is_alpha(s.p[0]))
        return false;
    const str rest = str_skip_blanks(str_from(s, n)); /* obsolete: blanks before the colon (RFC 5322 4.5) */
    return rest.n > 0 && rest.p[0] == ':';
}

static bool is_one_of(str word, const char *names)
{
    if (word.n != 3)
        return false;
    for (; *names; names += 3) {
        if (str_eq_nocase(word, (str){names, 3}))
            return true;
    }
    return false;
}

static bool is_number(str word, size_t least, size_t most)
{
    if (word.n < least || word.n > most)
        return false;
    for (size_t i = 0; i < word.n; i++) {
        if (!str_is_digit(word.p[i]))
            return false;
    }
    return true;
}

static bool is_time(str word)
{
    str part;
    int parts = 0;

    while (str_take_field(&word, ':', &part)) {
        if (!is_number(part, 1, 2))
            return false;
        parts++;
    }
    return parts == 2 || parts == 3;
}

/* Month, day and time side by side; the day may stand first. The year is somewhere near, or not. */
static bool is_date(const str word[3])
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    if (is_time(word[2]))
        return (is_one_of(word[0], months) && is_number(word[1], 1, 2)) ||
               (is_number(word[0], 1, 2) && is_one_of(word[1], months));
    /* "3 Mar 2026": the time follows */
    return is_number(word[0], 1, 2) && is_one_of(word[1], months) && is_number(word[2], 2, 4);
}

static bool has_date(str line)
{
    str word[3] = {STR(""), STR(""), STR("")};

    for (str next; str_take_word(&line, &next);) {
        word[0] = word[1];
        word[1] = word[2];
        word[2] = next;
        if (is_date(word))
            return true;
    }
    return false;
}

bool from_line_opens(str s, bool strict)
{
    if (!str_starts(s, STR("From ")))
        return false;
    const str look = str_to(s, FROM_LINE_LOOK); /* the same answer, however much is there by chance */
    const size_t end = from_line_end(look);
    const str next = str_from(look, end);
    const bool header_next = from_line_is_header(next) || str_starts(next, STR(">From "));
    const bool dated = has_date(str_from(str_to(look, end), 5));

    if (end == look.n && look.n < s.n)
        return false; /* a line that long is none */
    if (!strict)      /* at the very start a header behind it says enough */
        return header_next || dated;
    return dated && (header_next || next.n == 0);
}

#include "bounces/addresses.h"

#include "model/address.h"

enum { MAX_LOCAL = 128, MAX_DOMAIN = 255 };

static bool local_char(char c)
{
    return str_is_alpha(c) || str_is_digit(c) || (unsigned char)c >= 0x80 || (c && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

static bool domain_char(char c)
{
    return str_is_alpha(c) || str_is_digit(c) || (unsigned char)c >= 0x80 || c == '-' || c == '.' || c == '_';
}

/* Kana, ideographs, Hangul, full-width forms: such text has no blanks between an address and its sentence. */
static bool is_east_asian(char c)
{
    const unsigned char lead = (unsigned char)c;

    return lead >= 0xe3 && lead <= 0xef;
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* "...ため、ann" is "ann" behind a sentence; a local part of ideographs alone stays whole (RFC 6531). */
static size_t behind_sentence(str text, size_t start, size_t at)
{
    size_t i = at;

    while (i > start && (unsigned char)text.p[i - 1] < 0x80)
        i--;
    if (i == start || i == at)
        return start;
    size_t lead = i;
    while (lead > start && is_continuation(text.p[--lead]))
        ;
    return is_east_asian(text.p[lead]) ? i : start;
}

/* Where the local part that ends at `at` begins; `at` itself when there is none. */
static size_t local_start(str text, size_t at)
{
    size_t i = at;

    if (at > 1 && text.p[at - 1] == '"') { /* "a b"@example.org */
        for (i = at - 1; i > 0 && at - i < MAX_LOCAL; i--)
            if (text.p[i - 1] == '"')
                return i - 1;
            else if (text.p[i - 1] == '\n' || text.p[i - 1] == '<')
                break;
        return at;
    }
    while (i > 0 && at - i < MAX_LOCAL && local_char(text.p[i - 1]))
        i--;
    if (i < at && strchr("/|", text.p[i])) { /* a file's path: its last piece; "/o=..." is no address either */
        const size_t slash = str_rfind_char(str_to(text, at), '/');
        i = slash != STR_NONE && slash >= i ? slash + 1 : i;
    }
    i = behind_sentence(text, i, at);
    while (i < at && strchr("'/=`.", text.p[i])) /* quotes and commands in front of it */
        i++;
    return i;
}

static size_t domain_end(str text, size_t at)
{
    size_t i = at;

    if (i < text.n && text.p[i] == '[') {
        const size_t close = str_find_char(str_to(str_from(text, i), 64), ']');
        return close == STR_NONE ? at : i + close + 1;
    }
    while (i < text.n && i - at < MAX_DOMAIN && domain_char(text.p[i])) {
        if (is_east_asian(text.p[i]) && i > at && (unsigned char)text.p[i - 1] < 0x80 && text.p[i - 1] != '.')
            break; /* the sentence goes on: no label mixes the two */
        i++;
    }
    while (i > at && (text.p[i - 1] == '.' || text.p[i - 1] == '-' || text.p[i - 1] == '_'))
        i--;
    return i;
}

bool addresses_next(str *in, str *address)
{
    size_t from = 0, at;

    while ((at = str_find_char(str_from(*in, from), '@')) != STR_NONE) {
        at += from;
        const size_t start = local_start(*in, at), end = domain_end(*in, at + 1);
        from = at + 1;
        if (start == at || end == at + 1)
            continue;
        *address = str_to(str_from(*in, start), end - start);
        *in = str_from(*in, end);
        return true;
    }
    *in = str_from(*in, in->n);
    return false;
}

static int hex(char c)
{
    return str_is_digit(c) ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3f));
    to[2] = (char)(0x80 | (c >> 6 & 0x3f));
    to[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* "\x{FC}" (RFC 6533 3); false and nothing moved when it is none. */
static bool take_unicode(str *in, uint32_t *out)
{
    str rest = *in;
    uint32_t c = 0;
    size_t digits = 0;

    if (!str_take_nocase(&rest, STR("\\x{")))
        return false;
    for (; rest.n > 0 && hex(*rest.p) >= 0 && digits < 6; rest = str_from(rest, 1), digits++)
        c = c * 16 + (uint32_t)hex(*rest.p);
    if (digits == 0 || !str_take_char(&rest, '}') || c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return false;
    *in = rest;
    *out = c;
    return true;
}

static str unescaped(str s, struct arena *arena)
{
    char *to = arena_alloc(arena, s.n + 1);
    size_t n = 0;
    uint32_t c;

    while (s.n > 0) {
        if (*s.p == '\\' && take_unicode(&s, &c)) {
            n += put_utf8(to + n, c);
            continue;
        }
        to[n++] = *s.p;
        s = str_from(s, 1);
    }
    return (str){to, n};
}

/* "+40" for "@" (RFC 3461 4), where the field was copied without decoding it. */
static str without_xtext(str s, struct arena *arena)
{
    char *to = arena_alloc(arena, s.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        const bool coded = s.p[i] == '+' && i + 2 < s.n && hex(s.p[i + 1]) >= 2 && hex(s.p[i + 2]) >= 0;
        to[n++] = coded ? (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2])) : s.p[i];
        i += coded ? 2 : 0;
    }
    return (str){to, n};
}

static str without_field_type(str value)
{
    const size_t semi = str_find_char(str_to(value, 24), ';');
    const size_t at = str_find_char(value, '@');

    return semi != STR_NONE && (at == STR_NONE || semi < at) ? str_trim(str_from(value, semi + 1)) : str_trim(value);
}

str addresses_clean(str value, struct arena *arena)
{
    str rest = without_field_type(value), address;

    if (str_find(rest, STR("\\x{")) != STR_NONE)
        rest = unescaped(rest, arena);
    if (str_find_char(rest, '@') == STR_NONE && str_find(rest, STR("+40")) != STR_NONE)
        rest = without_xtext(rest, arena);
    address = address_clean(rest, arena);
    if (address.n && str_find_char(address, ' ') == STR_NONE && str_find_char(address, '(') == STR_NONE)
        return address;
    if (addresses_next(&rest, &address))
        address = address_clean(address, arena);
    return address.n ? address : STR("");
}

str addresses_name(str value)
{
    const str name = address_strip(without_field_type(value));

    if (name.n == 0 || name.n > 64)
        return STR("");
    for (size_t i = 0; i < name.n; i++)
        if (!local_char(name.p[i]) || strchr("|/", name.p[i]))
            return STR("");
    return name;
}

str addresses_only(str text, struct arena *arena)
{
    str one = {"", 0}, address;

    while (addresses_next(&text, &address)) {
        address = address_clean(address, arena);
        if (one.n && address.n && !str_eq(one, address))
            return STR("");
        if (address.n)
            one = address;
    }
    return one;
}

str addresses_named(str text, str name, struct arena *arena)
{
    str rest = text, piece, address;

    while (name.n && str_take_field(&rest, ',', &piece)) {
        str inside = piece;
        if (!addresses_next(&inside, &address))
            continue;
        if (str_eq_nocase(address_local(address), name) || str_find_nocase(piece, name) != STR_NONE)
            return address_clean(address, arena);
    }
    return STR("");
}

bool addresses_is_daemon(str address)
{
    static const char *const names[] = {"mailer-daemon", "postmaster", "mailer_daemon", "mailerdaemon", "maildaemon",
                                        "mailer-deamon", "abuse",      "mail-daemon",   "mailsystem",   "mdaemon"};
    const str local = address_local(address);

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_starts_nocase(local, str_of(names[i])))
            return true;
    return false;
}

#include "bounces/charset.h"

#include <errno.h>
#include <iconv.h>

bool charset_is_utf8(str bytes)
{
    const unsigned char *p = (const unsigned char *)bytes.p, *end = p + bytes.n;

    while (p < end) {
        if (end - p >= 8) { /* mail is mostly ASCII: eight bytes at a time */
            uint64_t eight;
            memcpy(&eight, p, sizeof eight);
            if (!(eight & UINT64_C(0x8080808080808080))) {
                p += 8;
                continue;
            }
        }
        if (*p < 0x80) {
            p++;
            continue;
        }
        const int more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : 1;
        if (*p < 0xc2 || *p > 0xf4 || end - p <= more)
            return false;
        if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
            (p[0] == 0xf4 && p[1] > 0x8f))
            return false;
        for (int i = 1; i <= more; i++)
            if ((p[i] & 0xc0) != 0x80)
                return false;
        p += more + 1;
    }
    return true;
}

/* Names that iconv does not know, or knows as something narrower than what mails mean by them. */
static const char *iconv_name(str charset, struct arena *arena)
{
    static const struct {
        const char *label, *name;
    } others[] = {
        {"unicode-1-1-utf-7", "UTF-7"},
        {"x-unicode-1-1-utf-7", "UTF-7"},
        {"iso-2022-jp", "ISO-2022-JP-3"},
        {"iso-8859-1", "CP1252"},
        {"latin1", "CP1252"},
        {"us-ascii", "CP1252"},
        {"ascii", "CP1252"},
        {"ansi_x3.4-1968", "CP1252"},
        {"iso-8859-9", "CP1254"},
        {"shift_jis", "CP932"},
        {"x-sjis", "CP932"},
        {"windows-31j", "CP932"},
        {"ks_c_5601-1987", "CP949"},
        {"euc-kr", "CP949"},
        {"gb2312", "GB18030"},
        {"gbk", "GB18030"},
        {"x-gbk", "GB18030"},
        {"x-euc-jp", "EUC-JP"},
        {"iso-8859-8-i", "ISO-8859-8"},
        {"utf8", "UTF-8"},
        {"x-mac-roman", "MACINTOSH"},
        {"cp-850", "CP850"},
        {"iso8859-1", "CP1252"},
        {"iso-8859-11", "TIS-620"},
    };

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (str_eq_nocase(charset, str_of(others[i].label)))
            return others[i].name;
    return arena_str(arena, charset).p;
}

/* windows-1252 needs no iconv: 27 characters apart from Latin-1 (0: not assigned). */
static const uint16_t cp1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

static str western(str bytes, struct arena *arena)
{
    char *to = arena_alloc(arena, bytes.n * 3 + 1);
    size_t n = 0;

    for (size_t i = 0; i < bytes.n; i++) {
        uint32_t c = (unsigned char)bytes.p[i];
        if (c >= 0x80 && c < 0xa0)
            c = cp1252[c - 0x80] ? cp1252[c - 0x80] : 0xfffd;
        if (c < 0x80) {
            to[n++] = (char)c;
        } else if (c < 0x800) {
            to[n++] = (char)(0xc0 | c >> 6);
            to[n++] = (char)(0x80 | (c & 0x3f));
        } else {
            to[n++] = (char)(0xe0 | c >> 12);
            to[n++] = (char)(0x80 | (c >> 6 & 0x3f));
            to[n++] = (char)(0x80 | (c & 0x3f));
        }
    }
    return (str){to, n};
}

/* Opening a converter loads a library: the last few are kept, one set a thread. */
static iconv_t converter(const char *name)
{
    enum { KEPT = 4, NAME = 32 };
    static _Thread_local struct {
        char name[NAME];
        iconv_t cd;
    } kept[KEPT];
    static _Thread_local unsigned next;

    for (unsigned i = 0; i < KEPT; i++)
        if (strcmp(kept[i].name, name) == 0 && kept[i].name[0]) {
            iconv(kept[i].cd, NULL, NULL, NULL, NULL); /* back to its first state */
            return kept[i].cd;
        }
    const iconv_t cd = iconv_open("UTF-8", name);
    if (cd == (iconv_t)-1 || strlen(name) >= NAME)
        return cd;
    if (kept[next % KEPT].name[0])
        iconv_close(kept[next % KEPT].cd);
    memcpy(kept[next % KEPT].name, name, strlen(name) + 1);
    kept[next++ % KEPT].cd = cd;
    return cd;
}

/* One conversion, bad bytes as U+FFFD; strict: false at the first bad byte. */
static bool convert(str bytes, const char *name, bool strict, struct arena *arena, str *out)
{
    const size_t room = bytes.n * 4 + 16;
    char *in = (char *)(uintptr_t)bytes.p, *to, *start;
    size_t left = bytes.n, space = room;
    iconv_t cd;

    if (str_eq(str_of(name), STR("CP1252"))) {
        *out = western(bytes, arena);
        return true;
    }
    cd = strlen(name) < 32 ? converter(name) : (iconv_t)-1;
    if (cd == (iconv_t)-1)
        return false;
    to = start = arena_alloc(arena, room);
    while (left > 0 && iconv(cd, &in, &left, &to, &space) == (size_t)-1) {
        if (strict || errno == E2BIG || space < 8)
            break;
        memcpy(to, "\xef\xbf\xbd", 3);
        to += 3;
        space -= 3;
        in++;
        left--;
    }
    *out = (str){start, (size_t)(to - start)};
    return left == 0;
}

/* ESC $ and ESC ( : the text switches between ASCII and JIS (RFC 1468). */
static bool is_iso2022(str bytes)
{
    return str_find(bytes, STR("\x1b$")) != STR_NONE;
}

/* Bytes above 127 come in runs where a character has two of them, and alone in western text. */
static bool looks_double_byte(str bytes)
{
    size_t high = 0, runs = 0;

    for (size_t i = 0; i < bytes.n; i++)
        if ((unsigned char)bytes.p[i] >= 0x80) {
            high++;
            runs += i == 0 || (unsigned char)bytes.p[i - 1] < 0x80;
        }
    return high >= 2 * runs;
}

static str guessed(str bytes, struct arena *arena)
{
    str out;

    if (looks_double_byte(bytes) &&
        (convert(bytes, "EUC-JP", true, arena, &out) || convert(bytes, "CP932", true, arena, &out)))
        return out;
    return convert(bytes, "CP1252", false, arena, &out) ? out : STR("");
}

str charset_utf8(str bytes, str charset, struct arena *arena)
{
    const bool utf7 = str_ends_nocase(charset, STR("utf-7"));
    str out;

    if (is_iso2022(bytes) && convert(bytes, "ISO-2022-JP-3", false, arena, &out))
        return out;
    if (!utf7 && charset_is_utf8(bytes) && !str_starts_nocase(charset, STR("utf-16")))
        return bytes;
    const bool named = charset.n > 0 && charset.n < 32 && !str_eq_nocase(charset, STR("us-ascii")) &&
                       !str_starts_nocase(charset, STR("utf-8"));
    if (named && convert(bytes, iconv_name(charset, arena), false, arena, &out) && charset_is_utf8(out))
        return out;
    return guessed(bytes, arena);
}

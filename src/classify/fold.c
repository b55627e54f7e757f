#include "classify/fold.h"

#include "base/utf8.h"

/* U+00C0 .. U+017F without their accents, three bytes each; blank: as it is. */
static const char latin[0x180 - 0xC0][3] = {
    "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",  /* C0 */
    "d", "n", "o", "o", "o", "o", "o", "x", "o", "u", "u", "u", "u", "y", "th", "ss", /* D0 */
    "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",  /* E0 */
    "d", "n", "o", "o", "o", "o", "o", "/", "o", "u", "u", "u", "u", "y", "th", "y",  /* F0 */
    "a", "a", "a", "a", "a", "a", "c", "c", "c", "c", "c", "c", "c", "c", "d", "d",   /* 100 */
    "d", "d", "e", "e", "e", "e", "e", "e", "e", "e", "e", "e", "g", "g", "g", "g",   /* 110 */
    "g", "g", "g", "g", "h", "h", "h", "h", "i", "i", "i", "i", "i", "i", "i", "i",   /* 120 */
    "i", "i", "ij", "ij", "j", "j", "k", "k", "k", "l", "l", "l", "l", "l", "l", "l", /* 130 */
    "l", "l", "l", "n", "n", "n", "n", "n", "n", "n", "n", "n", "o", "o", "o", "o",   /* 140 */
    "o", "o", "oe", "oe", "r", "r", "r", "r", "r", "r", "s", "s", "s", "s", "s", "s", /* 150 */
    "s", "s", "t", "t", "t", "t", "t", "t", "u", "u", "u", "u", "u", "u", "u", "u",   /* 160 */
    "u", "u", "u", "u", "w", "w", "y", "y", "y", "z", "z", "z", "z", "z", "z", "s",   /* 170 */
};

/* Ranges that move by a fixed distance: capitals of Cyrillic and Greek, full-width forms. */
static const struct {
    uint32_t first, last;
    int32_t by;
} moves[] = {
    {0x0391, 0x03A9, 32}, {0x0400, 0x040F, 80}, {0x0410, 0x042F, 32}, {0xFF01, 0xFF20, -0xFEE0},
    {0xFF21, 0xFF3A, -0xFEE0 + 32}, {0xFF3B, 0xFF5E, -0xFEE0},
};

static const struct {
    uint32_t from, to;
} singles[] = {
    {0x00A0, ' '},    {0x00AD, 0},      {0x03AC, 0x03B1}, {0x03AD, 0x03B5}, {0x03AE, 0x03B7}, {0x03AF, 0x03B9},
    {0x03C2, 0x03C3}, {0x03CC, 0x03BF}, {0x03CD, 0x03C5}, {0x03CE, 0x03C9}, {0x0451, 0x0435}, {0x0401, 0x0435},
    {0x2010, '-'},    {0x2011, '-'},    {0x2013, '-'},    {0x2014, '-'},    {0x2018, '\''},   {0x2019, '\''},
    {0x201C, '"'},    {0x201D, '"'},    {0x201E, '"'},    {0x2026, '.'},    {0x200B, 0},      {0xFEFF, 0},
    {0x3000, ' '},
};

/* Ranges that lose their accents altogether: Vietnamese, and strays of Latin Extended-B. */
static const struct {
    uint32_t first, last;
    char base;
} bases[] = {
    {0x01A0, 0x01A1, 'o'}, {0x01AF, 0x01B0, 'u'}, {0x0218, 0x0219, 's'}, {0x021A, 0x021B, 't'}, {0x1EA0, 0x1EB7, 'a'},
    {0x1EB8, 0x1EC7, 'e'}, {0x1EC8, 0x1ECB, 'i'}, {0x1ECC, 0x1EE3, 'o'}, {0x1EE4, 0x1EF1, 'u'}, {0x1EF2, 0x1EF9, 'y'},
};

static void add_code_point(uint32_t c, struct buf *to)
{
    char out[4];
    size_t n = 0;

    if (c < 0x80)
        out[n++] = (char)c;
    else if (c < 0x800) {
        out[n++] = (char)(0xC0 | c >> 6);
        out[n++] = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        out[n++] = (char)(0xE0 | c >> 12);
        out[n++] = (char)(0x80 | (c >> 6 & 0x3F));
        out[n++] = (char)(0x80 | (c & 0x3F));
    } else {
        out[n++] = (char)(0xF0 | c >> 18);
        out[n++] = (char)(0x80 | (c >> 12 & 0x3F));
        out[n++] = (char)(0x80 | (c >> 6 & 0x3F));
        out[n++] = (char)(0x80 | (c & 0x3F));
    }
    buf_add(to, (str){out, n});
}

static void add_folded(uint32_t c, struct buf *to)
{
    if (c >= 0xC0 && c < 0x180) {
        const char *base = latin[c - 0xC0];
        buf_add(to, (str){base, base[1] ? (base[2] ? 3u : 2u) : 1u});
        return;
    }
    if (c >= 0x0300 && c < 0x0370)
        return; /* combining accents */
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++)
        if (singles[i].from == c) {
            if (singles[i].to)
                add_code_point(singles[i].to, to);
            return;
        }
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
        if (c >= bases[i].first && c <= bases[i].last) {
            buf_add_char(to, bases[i].base);
            return;
        }
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++)
        if (c >= moves[i].first && c <= moves[i].last)
            c = (uint32_t)((int32_t)c + moves[i].by);
    add_code_point(c, to);
}

static void fold_wide(str *in, struct buf *to)
{
    const unsigned char first = (unsigned char)in->p[0];
    str rest = *in;
    uint32_t c = utf8_take(&rest);

    if (c == UTF8_BAD) { /* ISO 8859-1, one byte at a time */
        c = first;
        rest = str_from(*in, 1);
    }
    add_folded(c, to);
    *in = rest;
}

static void fold_run(str *in, struct buf *to)
{
    char *out = buf_reserve(to, in->n);
    size_t n = 0;

    while (n < in->n && (unsigned char)in->p[n] < 0x80 && in->p[n] != '\\') {
        out[n] = str_lower_char(in->p[n]);
        n++;
    }
    out[n] = '\0';
    to->n += n;
    *in = str_from(*in, n);
}

static void fold_all(str in, bool pattern, struct buf *to)
{
    while (in.n > 0) {
        fold_run(&in, to);
        if (in.n == 0)
            return;
        if (in.p[0] == '\\') {
            const size_t n = pattern && in.n > 1 ? 2 : 1;
            buf_add(to, str_to(in, n));
            in = str_from(in, n);
        } else
            fold_wide(&in, to);
    }
}

void fold_text(str text, struct buf *to)
{
    fold_all(text, false, to);
}

void fold_pattern(str source, struct buf *to)
{
    fold_all(source, true, to);
}

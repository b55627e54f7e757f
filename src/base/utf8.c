#include "base/utf8.h"

/* Lead bytes: how many follow, the bits of its own, and the range of the first that follows (RFC 3629 4). */
struct lead {
    unsigned char first, last, follow, bits, low, high;
};

static const struct lead leads[] = {
    {0x00, 0x7f, 0, 0x7f, 0x00, 0x00}, {0xc2, 0xdf, 1, 0x1f, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0x0f, 0xa0, 0xbf},
    {0xe1, 0xec, 2, 0x0f, 0x80, 0xbf}, {0xed, 0xed, 2, 0x0f, 0x80, 0x9f}, {0xee, 0xef, 2, 0x0f, 0x80, 0xbf},
    {0xf0, 0xf0, 3, 0x07, 0x90, 0xbf}, {0xf1, 0xf3, 3, 0x07, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x07, 0x80, 0x8f},
};

static const struct lead *lead_of(unsigned char c)
{
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
        if (c >= leads[i].first && c <= leads[i].last)
            return &leads[i];
    return NULL;
}

uint32_t utf8_take(str *in)
{
    const unsigned char first = (unsigned char)in->p[0];
    const struct lead *lead = lead_of(first);
    uint32_t code;

    *in = str_from(*in, 1);
    if (!lead)
        return UTF8_BAD;
    code = first & lead->bits;
    for (unsigned i = 0; i < lead->follow; i++) {
        const unsigned char c = in->n > 0 ? (unsigned char)in->p[0] : 0;

        if (c < (i == 0 ? lead->low : 0x80) || c > (i == 0 ? lead->high : 0xbf))
            return UTF8_BAD;
        code = code << 6 | (c & 0x3fu);
        *in = str_from(*in, 1);
    }
    return code;
}

/* Where the plain ASCII at the front ends: eight bytes at a time, for most of what is read is ASCII. */
static size_t ascii_run(str text)
{
    size_t i = 0;
    uint64_t eight;

    for (; i + sizeof eight <= text.n; i += sizeof eight) {
        memcpy(&eight, text.p + i, sizeof eight);
        if (eight & UINT64_C(0x8080808080808080))
            break;
    }
    while (i < text.n && (unsigned char)text.p[i] < 0x80)
        i++;
    return i;
}

bool utf8_valid(str text)
{
    for (text = str_from(text, ascii_run(text)); text.n > 0; text = str_from(text, ascii_run(text)))
        if (utf8_take(&text) == UTF8_BAD)
            return false;
    return true;
}

void utf8_clean(str text, struct buf *to)
{
    while (text.n > 0) {
        const size_t plain = ascii_run(text);

        buf_add(to, str_to(text, plain));
        text = str_from(text, plain);
        if (text.n > 0) {
            const str before = text;
            buf_add(to, utf8_take(&text) == UTF8_BAD ? STR("\xEF\xBF\xBD") : str_to(before, before.n - text.n));
        }
    }
}

/* What must not reach a terminal: it would move the cursor or turn the reading direction. */
static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0x2028 || code == 0x2029 || code == UTF8_BAD;
}

void utf8_show(str text, struct buf *to)
{
    while (text.n > 0) {
        const str before = text;
        const bool hide = is_control(utf8_take(&text));
        const str bytes = str_to(before, before.n - text.n);

        if (!hide)
            buf_add(to, bytes);
        else
            for (size_t i = 0; i < bytes.n; i++)
                buf_printf(to, "\\x%02x", (unsigned char)bytes.p[i]);
    }
}

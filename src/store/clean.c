#include "base/buf.h"
#include "store/db.h"

/* Length of the well-formed UTF-8 character at the front (Unicode 15, table 3-7); 0 when it is none. */
static size_t character(const unsigned char *p, size_t n)
{
    const unsigned char c = p[0];
    const unsigned char low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    const size_t length = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;

    if (length == 0 || length > n)
        return 0;
    if (length > 1 && (p[1] < low || p[1] > high))
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

/* C0 but TAB and LF, DEL, and C1 (U+0080..U+009F). */
static bool is_control(const unsigned char *p, size_t length)
{
    if (length == 1)
        return (p[0] < 0x20 && p[0] != '\t' && p[0] != '\n') || p[0] == 0x7f;
    return length == 2 && p[0] == 0xc2 && p[1] < 0xa0;
}

static size_t clean_length(str text, size_t from)
{
    const unsigned char *p = (const unsigned char *)text.p;
    size_t i = from;

    while (i < text.n) {
        const size_t length = character(p + i, text.n - i);
        if (length == 0 || is_control(p + i, length))
            break;
        i += length;
    }
    return i;
}

str db_clean(str text, struct arena *arena)
{
    static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
    size_t done = 0, end = clean_length(text, 0);
    struct buf out = {0};

    if (end == text.n)
        return text;
    while (end < text.n) {
        const size_t length = character((const unsigned char *)text.p + end, text.n - end);
        buf_add(&out, (str){text.p + done, end - done});
        buf_add(&out, (str){replacement, 3});
        done = end + (length ? length : 1);
        end = clean_length(text, done);
    }
    buf_add(&out, (str){text.p + done, end - done});
    text = arena_str(arena, buf_str(&out));
    buf_free(&out);
    return text;
}

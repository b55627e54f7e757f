#include "report/redact.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/table.h"

enum kind { KIND_PLAIN, KIND_ADDRESS, KIND_IP, KIND_DOMAIN, KIND_COUNT };

struct redactor {
    struct table numbers[KIND_COUNT]; /* hash128 of the folded text -> its number */
    struct arena *arena;
    struct buf buf;
};

struct redactor *redactor_new(void)
{
    struct redactor *r = mem_zero(1, sizeof *r);

    for (size_t i = 0; i < KIND_COUNT; i++)
        table_init(&r->numbers[i], sizeof(struct hash128), sizeof(uint64_t));
    r->arena = arena_new();
    return r;
}

void redactor_free(struct redactor *redactor)
{
    if (!redactor)
        return;
    for (size_t i = 0; i < KIND_COUNT; i++)
        table_free(&redactor->numbers[i]);
    arena_free(redactor->arena);
    buf_free(&redactor->buf);
    free(redactor);
}

static bool in_word(char c)
{
    return str_is_digit(c) || str_is_alpha(c) || (unsigned char)c >= 0x80 || (c && strchr("@._-+=:%!#$&*/?^`{|}~'", c));
}

static bool all_of(str s, const char *also)
{
    for (size_t i = 0; i < s.n; i++)
        if (!str_is_digit(s.p[i]) && !(s.p[i] && strchr(also, s.p[i])))
            return false;
    return s.n > 0;
}

static size_t count_char(str s, char c)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == c;
    return n;
}

static bool is_ip(str word)
{
    if (count_char(word, '.') == 3 && all_of(word, "."))
        return true;
    return count_char(word, ':') >= 2 && all_of(word, ":.abcdefABCDEF") &&
           (str_find(word, STR("::")) != STR_NONE || count_char(word, ':') == 7);
}

static bool is_domain(str word)
{
    const size_t dot = str_rfind_char(word, '.');

    if (dot == STR_NONE || dot == 0 || word.n - dot < 3)
        return false;
    for (size_t i = 0; i < word.n; i++)
        if (!str_is_digit(word.p[i]) && !str_is_alpha(word.p[i]) && !strchr(".-_", word.p[i]) &&
            (unsigned char)word.p[i] < 0x80)
            return false;
    return !str_is_digit(word.p[dot + 1]); /* 5.1.1 and 1.2 are no domains */
}

static enum kind kind_of(str word)
{
    if (str_find_char(word, '@') != STR_NONE)
        return KIND_ADDRESS;
    return is_ip(word) ? KIND_IP : is_domain(word) ? KIND_DOMAIN : KIND_PLAIN;
}

static void add_hidden(struct redactor *r, enum kind kind, str word)
{
    static const char *const names[] = {"", "address", "ip", "domain"};
    const struct hash128 key = hash128(arena_lower(r->arena, word));
    bool added;
    uint64_t *number = table_add(&r->numbers[kind], &key, &added);

    if (added)
        *number = r->numbers[kind].count;
    buf_printf(&r->buf, "%s-%llu", names[kind], (unsigned long long)*number);
}

/* The end of a sentence is no part of a name. */
static str without_end(str piece)
{
    while (piece.n > 0 && strchr(".:'`", piece.p[piece.n - 1]))
        piece.n--;
    return piece;
}

static void add_piece(struct redactor *r, str piece)
{
    const str name = without_end(piece);
    const enum kind kind = kind_of(name);

    if (kind == KIND_PLAIN)
        buf_add(&r->buf, name);
    else
        add_hidden(r, kind, name);
    buf_add(&r->buf, str_from(piece, name.n));
}

/* Links are cut into their parts, so that a host is found in "https://host/path?ip=192.0.2.1". */
static void add_word(struct redactor *r, str word)
{
    while (word.n > 0) {
        const enum kind whole = kind_of(without_end(word));
        size_t n = 0;
        while (n < word.n && (whole == KIND_ADDRESS || whole == KIND_IP || !strchr("/=?&:%!", word.p[n])))
            n++;
        add_piece(r, str_to(word, n));
        word = str_from(word, n);
        if (word.n > 0) {
            buf_add_char(&r->buf, word.p[0]);
            word = str_from(word, 1);
        }
    }
}

str redact(struct redactor *redactor, str text)
{
    buf_clear(&redactor->buf);
    while (text.n > 0) {
        size_t n = 0;
        while (n < text.n && in_word(text.p[n]))
            n++;
        add_word(redactor, str_to(text, n));
        text = str_from(text, n);
        if (text.n > 0) {
            buf_add_char(&redactor->buf, text.p[0]);
            text = str_from(text, 1);
        }
    }
    return arena_str(redactor->arena, buf_str(&redactor->buf));
}

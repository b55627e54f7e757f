#include "bounces/words.h"

#include <stdlib.h>

/*
 * Which pairs of bytes the text has, as a Bloom filter: lists are long, texts are short, and a phrase
 * whose first, middle or last pair is missing needs no search.
 */
void words_filter(str text, struct words_filter *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i + 1 < text.n; i++) {
        const unsigned slot = words_slot(text.p + i);
        out->bits[slot / 64] |= UINT64_C(1) << slot % 64;
    }
}

/* A list taken apart, with the places of each phrase's first, middle and last pair. */
struct phrase {
    str text;
    uint16_t places[3];
};

struct list {
    const char *text;
    struct phrase *phrases;
    size_t count;
};

static void take_apart(struct list *l)
{
    str rest = str_of(l->text), word;
    size_t room = 1;

    for (const char *p = l->text; *p; p++)
        room += *p == '|';
    l->phrases = mem_zero(room, sizeof *l->phrases);
    while (str_take_field(&rest, '|', &word)) {
        struct phrase *p = &l->phrases[l->count++];
        p->text = word;
        if (word.n < 2)
            continue;
        p->places[0] = (uint16_t)words_slot(word.p);
        p->places[1] = (uint16_t)words_slot(word.p + (word.n - 1) / 2);
        p->places[2] = (uint16_t)words_slot(word.p + word.n - 2);
    }
}

/* Lists are constants: each is taken apart once, and kept for as long as the thread lives. */
static const struct list *list_of(const char *text, struct list *room)
{
    enum { KEPT = 256 };
    static _Thread_local struct list kept[KEPT];
    size_t slot = ((uintptr_t)text >> 3) % KEPT;

    for (int i = 0; i < 8; i++, slot = (slot + 1) % KEPT) {
        if (!kept[slot].text) {
            kept[slot].text = text;
            take_apart(&kept[slot]);
        }
        if (kept[slot].text == text)
            return &kept[slot];
    }
    *room = (struct list){.text = text};
    take_apart(room);
    return room;
}

static bool may_hold(const struct words_filter *f, const struct phrase *p)
{
    for (size_t i = 0; i < 3 && p->text.n > 1; i++)
        if (!(f->bits[p->places[i] / 64] >> p->places[i] % 64 & 1))
            return false;
    return true;
}

static bool find(str text, const struct words_filter *filter, const char *list, size_t *start, size_t *end)
{
    struct list room = {.phrases = NULL};
    const struct list *l = list_of(list, &room);
    bool found = false;

    for (size_t i = 0; i < l->count && !found; i++) {
        const struct phrase *p = &l->phrases[i];
        if (p->text.n > text.n || (filter && !may_hold(filter, p)))
            continue;
        *start = str_find(text, p->text);
        *end = *start + p->text.n;
        found = *start != STR_NONE;
    }
    free(room.phrases);
    return found;
}

bool words_in_filtered(str text, const struct words_filter *filter, const char *list)
{
    size_t start, end;

    return find(text, filter, list, &start, &end);
}

size_t words_first(str text, const struct words_filter *filter, const char *list)
{
    struct list room = {.phrases = NULL};
    const struct list *l = list_of(list, &room);
    size_t first = STR_NONE;

    for (size_t i = 0; i < l->count; i++) {
        const size_t at = may_hold(filter, &l->phrases[i]) ? str_find(text, l->phrases[i].text) : STR_NONE;
        first = at != STR_NONE && (first == STR_NONE || at < first) ? at : first;
    }
    free(room.phrases);
    return first;
}

bool words_in(str text, const char *list)
{
    struct words_filter filter;

    words_filter(text, &filter);
    return words_in_filtered(text, &filter, list);
}

size_t words_end(str text, const char *list)
{
    size_t start, end;

    return find(text, NULL, list, &start, &end) ? end : STR_NONE;
}

size_t words_start(str text, const char *list)
{
    size_t start, end;

    return find(text, NULL, list, &start, &end) ? start : STR_NONE;
}

bool words_begin(str text, const char *list)
{
    struct list room = {.phrases = NULL};
    const struct list *l = list_of(list, &room);
    bool found = false;

    for (size_t i = 0; i < l->count && !found; i++)
        found = str_starts(text, l->phrases[i].text);
    free(room.phrases);
    return found;
}

str words_flat(str text, struct arena *arena)
{
    char *to = arena_alloc(arena, text.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++)
        if (!str_is_space(text.p[i]))
            to[n++] = text.p[i];
        else if (n > 0 && to[n - 1] != ' ')
            to[n++] = ' ';
    return (str){to, n};
}

str words_untagged(str subject)
{
    str s = str_skip_blanks(subject);

    while (s.n > 0 && !str_is_alpha(*s.p) && (unsigned char)*s.p < 0x80) {
        const char close = *s.p == '[' ? ']' : *s.p == '{' ? '}' : 0;
        const size_t end = close ? str_find_char(str_to(s, 40), close) : STR_NONE;
        s = str_from(s, end == STR_NONE ? 1 : end + 1);
    }
    return s.n ? s : subject;
}

/* Two-byte letters whose small form has two bytes as well. */
static uint32_t small(uint32_t c)
{
    if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
        return c + 32;
    if (c >= 0x400 && c <= 0x40f)
        return c + 80;
    if ((c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14a && c <= 0x177) || (c >= 0x460 && c <= 0x481))
        return c | 1;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
        return c + (c & 1);
    return c;
}

str words_lower(str text, struct arena *arena)
{
    const str lower = arena_lower(arena, text);
    char *p = (char *)(uintptr_t)lower.p;

    for (size_t i = 0; i + 1 < lower.n; i++) {
        const unsigned char lead = (unsigned char)p[i], trail = (unsigned char)p[i + 1];
        if (lead < 0xc3 || lead > 0xd1 || (trail & 0xc0) != 0x80)
            continue;
        const uint32_t c = small((uint32_t)(lead & 0x1f) << 6 | (trail & 0x3f));
        p[i] = (char)(0xc0 | c >> 6);
        p[++i] = (char)(0x80 | (c & 0x3f));
    }
    return lower;
}

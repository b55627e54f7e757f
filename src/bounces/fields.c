#include "bounces/fields.h"

enum { MAX_NAME = 64 };

bool field_split(str line, str *name, str *value)
{
    const size_t colon = str_find_char(str_to(line, MAX_NAME + 8), ':');

    if (colon == STR_NONE || colon == 0)
        return false;
    *name = str_trim(str_to(line, colon));
    if (name->n == 0 || name->n > MAX_NAME || name->p != line.p)
        return false;
    for (size_t i = 0; i < name->n; i++)
        if (name->p[i] <= ' ' || name->p[i] == 0x7f || name->p[i] == '<' || name->p[i] == '@')
            return false;
    *value = str_trim(str_from(line, colon + 1));
    return true;
}

static bool continues(str line, bool loose)
{
    str name, value;

    if (line.n == 0)
        return false;
    if (line.p[0] == ' ' || line.p[0] == '\t')
        return str_trim(line).n > 0;
    return loose && !field_split(line, &name, &value);
}

/* Takes the folded lines behind a field and joins them with it. */
static str unfold(str *in, str value, bool loose, struct arena *arena)
{
    str rest = *in, line, whole = *in;
    size_t room = value.n;
    char *to;

    while (str_take_line(&rest, &line) && continues(line, loose)) {
        room += line.n + 1;
        *in = rest;
    }
    if (in->p == whole.p)
        return value;
    whole.n = (size_t)(in->p - whole.p);
    to = arena_alloc(arena, room + 1);
    memcpy(to, value.p, value.n);
    str joined = {to, value.n};
    while (str_take_line(&whole, &line)) {
        const str piece = str_trim(line);
        if (joined.n)
            to[joined.n++] = ' ';
        memcpy(to + joined.n, piece.p, piece.n);
        joined.n += piece.n;
    }
    return joined;
}

bool fields_next(str *in, bool loose, struct arena *arena, struct field *out)
{
    str line;

    out->gap = false;
    while (str_take_line(in, &line)) {
        if (str_trim(line).n == 0)
            out->gap = true;
        if (!field_split(line, &out->name, &out->value))
            continue;
        out->value = unfold(in, out->value, loose, arena);
        return true;
    }
    return false;
}

str fields_block(str text)
{
    str rest = text, line;

    while (str_take_line(&rest, &line))
        if (line.n == 0)
            return (str){text.p, (size_t)(line.p - text.p)};
    return text;
}

str fields_find(str block, str name, struct arena *arena)
{
    str rest = block, line, found, value;

    while (str_take_line(&rest, &line))
        if (line.n > name.n && str_starts_nocase(line, name) && field_split(line, &found, &value) &&
            str_eq_nocase(found, name))
            return unfold(&rest, value, false, arena);
    return (str){"", 0};
}

void fields_clear(const struct field_slot *slots, size_t count, void *out)
{
    for (size_t i = 0; i < count; i++)
        *(str *)(void *)((char *)out + slots[i].offset) = STR("");
}

void fields_fill(str block, const struct field_slot *slots, size_t count, void *out, struct arena *arena)
{
    str rest = block, line, name, value;

    fields_clear(slots, count, out);
    while (str_take_line(&rest, &line)) {
        if (line.n == 0 || line.p[0] <= ' ' || !field_split(line, &name, &value))
            continue;
        for (size_t i = 0; i < count; i++) {
            str *to = (str *)(void *)((char *)out + slots[i].offset);
            if (name.n == slots[i].name.n && !to->n && str_eq_nocase(name, slots[i].name)) {
                *to = unfold(&rest, value, false, arena);
                break;
            }
        }
    }
}

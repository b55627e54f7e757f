#include "classify/tsv.h"

#include <assert.h>

#include "base/embed.h"

str tsv_file(const char *name)
{
    const struct embedded *file = embedded_find(&embedded_rules, name);

    assert(file);
    return embedded_text(file);
}

static bool next_line(str *in, str *line)
{
    while (str_take_line(in, line))
        if (line->n > 0 && line->p[0] != '#')
            return true;
    return false;
}

bool tsv_row(str *in, str fields[], size_t count)
{
    size_t n = 0;
    str line, field;

    if (!next_line(in, &line))
        return false;
    while (n < count && str_take_field(&line, '\t', &field))
        fields[n++] = str_eq(field, STR("-")) ? STR("") : field;
    assert(n == count && line.n == 0);
    return true;
}

size_t tsv_rows(str text)
{
    size_t count = 0;
    str line;

    while (next_line(&text, &line))
        count++;
    return count;
}

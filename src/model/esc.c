#include "model/esc.h"

#include <stdio.h>

static bool take_number(str *in, uint16_t *out)
{
    uint64_t n;

    if (in->n > 3 && str_is_digit(in->p[0]) && str_is_digit(in->p[1]) && str_is_digit(in->p[2]) &&
        str_is_digit(in->p[3]))
        return false;
    if (!str_take_u64(in, &n))
        return false;
    *out = (uint16_t)n;
    return true;
}

/* What may follow a code: the end, blanks, or the punctuation replies put there. */
static bool ends_code(str rest)
{
    return rest.n == 0 || (!str_is_digit(rest.p[0]) && !str_is_alpha(rest.p[0]) &&
                           rest.p[0] != '.' && rest.p[0] != '-' && rest.p[0] != '@') ||
           (rest.p[0] == '.' && (rest.n == 1 || rest.p[1] == ' ')) ||
           (rest.p[0] == '-' && rest.n > 1 && !str_is_digit(rest.p[1]));
}

bool esc_take(str *in, struct esc *out)
{
    str rest = *in; /* *in and *out change only on success */
    struct esc code;

    if (!take_number(&rest, &code.class) || !str_take_char(&rest, '.') ||
        !take_number(&rest, &code.subject) || !str_take_char(&rest, '.') ||
        !take_number(&rest, &code.detail))
        return false;
    if (code.class != 2 && code.class != 4 && code.class != 5)
        return false;
    if (!ends_code(rest))
        return false; /* "5.1.1.1" is a version or an address, not a status */

    *in = str_skip_blanks(rest);
    *out = code;
    return true;
}

bool esc_find(str text, struct esc *out)
{
    for (size_t i = 0; i + 5 <= text.n; i++) {
        const char before = i ? text.p[i - 1] : ' ';
        str here = str_from(text, i);

        if (here.p[1] != '.' || str_is_digit(before) || str_is_alpha(before) || before == '.' || before == '@')
            continue;
        if (esc_take(&here, out))
            return true;
    }
    return false;
}

const char *esc_text(struct esc code, char out[ESC_TEXT])
{
    out[0] = '\0';
    if (code.class)
        snprintf(out, ESC_TEXT, "%u.%u.%u", code.class % 10u, code.subject % 1000u, code.detail % 1000u);
    return out;
}

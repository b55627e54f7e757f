#include "bounces/names.h"

#include "bounces/addresses.h"
#include "bounces/origin.h"
#include "bounces/words.h"
#include "model/address.h"

enum { MAX_NAMES = 100, MAX_LINES = 40, MAX_REASON = 2000 };

static str joined(struct arena *arena, str name, str domain)
{
    return arena_lower(arena, arena_join(arena, arena_join(arena, name, STR("@")), domain));
}

static str rebuilt(struct notice *n, const struct origin *o, str name)
{
    const str domain = address_domain(addresses_clean(n->from, n->arena));
    str address = addresses_named(o->to, name, n->arena);

    if (address.n == 0)
        address = addresses_only(o->to, n->arena);
    if (address.n == 0)
        address = addresses_only(n->failed_recipients, n->arena);
    return address.n || domain.n == 0 ? address : joined(n->arena, name, domain);
}

/* "jdoe", "jdoe (user not found)", "jdoe: reason": an indented line that begins with one name. */
static bool take_name(str line, str *name, str *reason)
{
    str rest = str_trim(line), word;

    if (line.n == 0 || !str_is_space(*line.p) || !str_take_word(&rest, &word))
        return false;
    while (word.n > 0 && strchr(":,;\"", word.p[word.n - 1]))
        word.n--;
    *name = addresses_name(word);
    *reason = str_trim(rest);
    return name->n > 1 && name->n <= 32 && (reason->n == 0 || strchr("(:-[", *reason->p));
}

bool names_read(struct notice *n, const struct prose_hints *hints)
{
    const size_t at = words_end(n->lower, hints->start);
    const size_t before = n->count;
    struct origin o;
    str rest, line, name, reason;

    if (at == STR_NONE)
        return false;
    origin_read(n, &o);
    rest = str_from(n->text, at);
    str_take_line(&rest, &line); /* what is left of the sentence */
    for (int lines = 0; lines < MAX_LINES && n->count - before < MAX_NAMES && str_take_line(&rest, &line); lines++) {
        if (!take_name(line, &name, &reason))
            continue;
        const str address = rebuilt(n, &o, name);
        const str words =
            reason.n ? reason : str_to((str){line.p, (size_t)(n->text.p + n->text.n - line.p)}, MAX_REASON);
        if (address.n)
            notice_fail(n, prose_kind(n), address, reason.n || str_trim(rest).n > 8 ? words : n->text);
    }
    return n->count > before;
}

#include "bounces/dialogue.h"

#include "bounces/addresses.h"
#include "bounces/reply.h"
#include "model/address.h"

enum { LINES_MAX = 400, START = 20 };

/* "<<< 550 5.1.1 ..." is the reply in question: its code, and the first words of the text behind. */
static bool is_reply(str line, const struct returned_item *item)
{
    str words = str_trim(str_from(line, 3));

    if (reply_code(str_to(words, 4)) != item->reply_code || words.n < 5)
        return false;
    words = str_to(str_trim(str_from(words, 4)), START);
    return words.n > 3 && str_find_nocase(item->diagnostic, words) != STR_NONE;
}

static bool goes_on(str line)
{
    const str reply = str_trim(str_from(line, 3));

    return reply.n > 3 && reply.p[3] == '-';
}

/* What stands below the answer to DATA tells whether it was DATA that was refused. */
static enum phase of_data(str below, bool more)
{
    str line;

    while (str_take_line(&below, &line)) {
        line = str_trim(line);
        if (more && str_starts(line, STR("<<<"))) {
            more = goes_on(line);
            continue;
        }
        if (str_starts(line, STR("<<<")) || str_find(line, STR("... ")) != STR_NONE)
            return PHASE_RCPT;
        if (!str_is_digit(line.n ? *line.p : ' '))
            break;
    }
    return PHASE_DATA;
}

enum phase dialogue_phase(str text, const struct returned_item *item)
{
    enum phase phase = PHASE_NONE;
    str line;

    if (item->reply_code == 0)
        return PHASE_NONE;
    for (int i = 0; i < LINES_MAX && str_take_line(&text, &line); i++) {
        line = str_trim(line);
        if (str_starts(line, STR(">>>")))
            phase = phase_of_verb(str_trim(str_from(line, 3)));
        else if (str_starts(line, STR("<<<")) && phase != PHASE_NONE && is_reply(line, item))
            return phase == PHASE_DATA ? of_data(text, goes_on(line)) : phase;
    }
    return PHASE_NONE;
}

/* "mail.example.org" and "example.org", either way round. */
static bool is_within(str host, str domain)
{
    if (host.n < domain.n)
        return is_within(domain, host);
    return domain.n > 0 && str_ends(host, domain) && (host.n == domain.n || host.p[host.n - domain.n - 1] == '.');
}

void dialogue_none(struct notice *n)
{
    const str host = arena_lower(n->arena, address_domain(addresses_clean(n->from, n->arena)));

    for (size_t i = 0; i < n->count && i < 16; i++) {
        struct returned_item *item = &n->items[i];
        if (item->phase == PHASE_NONE && item->reply_code == 0 &&
            str_starts_nocase(item->diagnostic, STR("unrouteable address")) &&
            !is_within(host, arena_lower(n->arena, address_domain(item->recipient))))
            item->phase = PHASE_QUEUE;
    }
}

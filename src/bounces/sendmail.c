#include "bounces/sendmail.h"

#include "bounces/addresses.h"
#include "bounces/prose.h"
#include "bounces/reply.h"
#include "bounces/words.h"
#include "model/address.h"

struct transcript {
    struct notice *n;
    str said;    /* what the other side answered last, from its first "<<<" line on */
    str said_to; /* the recipient of that dialogue, when it was RCPT */
    str noted;   /* what a local mailer printed: "mail.local: unknown user: jdoe" */
    bool listed; /* recipients were listed already: the transcript only explains them */
    enum returned_kind kind;
};

static str joined(struct arena *arena, str a, str b)
{
    return a.n == 0 ? b : arena_join(arena, arena_join(arena, a, STR(" ")), b);
}

/* A reply worth keeping: 4xx or 5xx. */
static bool refuses(str said)
{
    const int code = reply_code(str_to(said, 4));

    return code >= 400;
}

static void explain(struct transcript *t, str address, str reply)
{
    struct notice *n = t->n;
    const str recipient = address_clean(address, n->arena);
    struct returned_item *item = recipient.n ? notice_find(n, recipient) : NULL;

    if (recipient.n == 0 || (t->listed && !item))
        return;
    if (item && item->reply_code && (item->reply_code != reply_code(reply) || reply.n <= item->diagnostic.n))
        return;
    if (item)
        item->diagnostic = STR("");
    notice_fail(n, t->kind, recipient, reply);
}

static void command_line(struct transcript *t, str line)
{
    str rest = line, address;

    t->said = STR("");
    t->said_to = STR("");
    if (str_find_nocase(str_to(line, 24), STR("rcpt")) != STR_NONE && addresses_next(&rest, &address))
        t->said_to = address;
}

static void answer_line(struct transcript *t, str line)
{
    const str said = str_trim(str_from(line, 3));

    t->said = t->said.n == 0 || refuses(said) ? joined(t->n->arena, t->said, said) : t->said;
    if (t->said_to.n && refuses(said))
        explain(t, t->said_to, t->said);
}

/* "554 <jdoe@example.org>... text", "jdoe@example.org... Deferred: text" */
static void verdict_line(struct transcript *t, str line)
{
    const size_t dots = str_find(line, STR("... "));
    str rest, address;

    rest = str_to(line, dots);
    if (dots == STR_NONE || !addresses_next(&rest, &address)) {
        if (line.n && !str_starts(line, STR("...")) && !str_is_digit(*line.p) && t->noted.n < 500)
            t->noted = joined(t->n->arena, t->noted, line);
        return;
    }
    const str own = str_trim(str_from(line, dots + 4));
    const str coded = refuses(line) && !refuses(own) ? joined(t->n->arena, str_to(line, 4), own) : own;
    const bool vague =
        words_in(arena_lower(t->n->arena, own), "service unavailable|mailer error|deferred|can't create");
    explain(t, address, refuses(t->said) ? t->said : vague ? joined(t->n->arena, coded, t->noted) : coded);
    t->said = t->noted = STR("");
}

static void read_transcript(struct transcript *t, str text)
{
    str line;

    str_take_line(&text, &line); /* the rest of the heading */
    while (str_take_line(&text, &line)) {
        const str s = str_trim(line);
        if (str_starts(s, STR(">>>")))
            command_line(t, s);
        else if (str_starts(s, STR("<<<")))
            answer_line(t, s);
        else
            verdict_line(t, s);
    }
}

/* Recipients without an answer of their own: the last one stands for all. */
static void fill_empty(struct transcript *t)
{
    for (size_t i = 0; i < t->n->count; i++) {
        struct returned_item *item = &t->n->items[i];
        if (item->reply_code == 0 && refuses(t->said)) {
            item->diagnostic = STR("");
            notice_fail(t->n, item->kind, item->recipient, t->said);
        }
    }
}

bool sendmail_read(struct notice *n)
{
    static const struct prose_hints list = {"fatal errors -----|had delivery problems -----|transient errors -----|"
                                            "delivery errors---|non-fatal errors -----|warnings -----|errors -----",
                                            "transcript of session|----- message header|----- original message"};
    const size_t at = words_end(n->lower, "transcript of session");
    struct transcript t = {.n = n, .said = STR(""), .said_to = STR(""), .noted = STR(""), .kind = prose_kind(n)};
    const size_t before = n->count;

    if (notice_says(n, list.start))
        t.listed = prose_read(n, &list);
    if (at != STR_NONE) {
        read_transcript(&t, str_from(n->text, at));
        fill_empty(&t);
    }
    return n->count > before;
}

#include "bounces/notice.h"

#include "base/clock.h"
#include "bounces/charset.h"
#include "bounces/html.h"
#include "bounces/origin.h"
#include "bounces/reply.h"

void notice_clear(struct notice *n, struct arena *arena)
{
    const str none = STR("");

    *n = (struct notice){
        .arena = arena,
        .mail = none,
        .header = none,
        .from = none,
        .to = none,
        .subject = none,
        .date = none,
        .return_path = none,
        .delivered_to = none,
        .auto_submitted = none,
        .precedence = none,
        .list_id = none,
        .authserv = none,
        .received = none,
        .failed_recipients = none,
        .original_to = none,
        .autoreply = none,
        .autorespond = none,
        .suppress = none,
        .inbox_rules = none,
        .vacation = none,
        .text = none,
        .lower = none,
        .flat = none,
        .lower_subject = none,
        .lower_from = none,
        .origin = none,
        .envelope_id = none,
        .queue_id = none,
        .reporting_mta = none,
        .sender_hint = none,
        .arrival_us = CLOCK_NONE,
    };
}

struct returned_item *notice_add(struct notice *n, enum returned_kind kind)
{
    if (n->count == RETURNED_MAX) {
        n->truncated = true;
        return NULL;
    }
    if (n->count == n->room) {
        const size_t room = n->room ? n->room * 4 : 4;
        struct returned_item *more = arena_alloc(n->arena, room * sizeof *more);
        if (n->count)
            memcpy(more, n->items, n->count * sizeof *more);
        n->items = more;
        n->room = room;
    }
    struct returned_item *item = &n->items[n->count++];
    *item = (struct returned_item){
        .kind = kind,
        .recipient = STR(""),
        .original_recipient = STR(""),
        .action = STR(""),
        .diagnostic = STR(""),
        .reporting_mta = STR(""),
        .remote_mta = STR(""),
        .feedback_type = STR(""),
        .category = STR(""),
        .left_for = STR(""),
        .occurred_at_us = n->arrival_us,
    };
    return item;
}

/* Few items: a look at each. Many: the first ones decide, a report of thousands names each once. */
struct returned_item *notice_find(struct notice *n, str recipient)
{
    const size_t look = n->count < 256 ? n->count : 256;

    for (size_t i = 0; i < look && recipient.n; i++)
        if (str_eq(n->items[i].recipient, recipient))
            return &n->items[i];
    return NULL;
}

/* A reply with a code says more than words without one; else the longer of two. */
static bool says_more(str reply, const struct returned_item *item)
{
    const bool coded = reply_code(reply) || reply_status(reply).class;
    const bool had = item->reply_code || item->enhanced_status.class;

    return item->diagnostic.n == 0 || (coded != had ? coded : reply.n > item->diagnostic.n);
}

struct returned_item *notice_fail(struct notice *n, enum returned_kind kind, str recipient, str reply)
{
    struct returned_item *item = notice_find(n, recipient);

    if (item && !says_more(reply, item))
        return item;
    if (!item)
        item = notice_add(n, kind);
    if (!item)
        return NULL;
    item->recipient = recipient;
    item->diagnostic = reply_clean(reply, n->arena);
    item->enhanced_status = reply_status(item->diagnostic);
    item->reply_code = reply_code(item->diagnostic);
    item->phase = reply_phase(item->diagnostic);
    item->remote_mta = reply_host(item->diagnostic);
    item->action = kind == RETURNED_DEFERRAL ? STR("delayed") : STR("failed");
    item->reporting_mta = n->reporting_mta;
    return item;
}

bool notice_says(const struct notice *n, const char *list)
{
    return words_in_filtered(n->flat, &n->words, list);
}

static bool is_text(const struct mime_part *p, const char *type)
{
    return !p->message && str_eq(p->type, str_of(type));
}

/* Text parts in front of the returned message, joined; the rest of them may be that message itself. */
static str joined_text(struct notice *n, const struct mime_part *parts, size_t count)
{
    str text = {"", 0};

    for (size_t i = 0; i < count && !parts[i].message && text.n < NOTICE_TEXT; i++) {
        if (!is_text(&parts[i], "text/plain"))
            continue;
        if (parts[i].attached && origin_begins(mime_bytes(n->mime, i, 4096)))
            continue; /* "mailheaders.txt" */
        const str more = mime_text(n->mime, i, NOTICE_TEXT);
        text = text.n == 0 ? more : arena_join(n->arena, arena_join(n->arena, text, STR("\n\n")), more);
    }
    return text;
}

static str html_part(struct notice *n, const struct mime_part *parts, size_t count)
{
    for (size_t i = 0; i < count && !parts[i].message; i++)
        if (is_text(&parts[i], "text/html"))
            return html_plain(mime_text(n->mime, i, 4 * NOTICE_TEXT), n->arena);
    return STR("");
}

static bool has_words(str text)
{
    return str_trim(text).n > 0;
}

/* The body as it stands: broken boundaries, made-up types. */
static str raw_body(struct notice *n)
{
    const str body = str_to(str_from(n->mail, n->header.n), NOTICE_TEXT);

    return charset_utf8(body, STR(""), n->arena);
}

/* A signature (RFC 3676 4.3) is what a relay on the way put below: advertising, virus checks. */
static str without_footer(str text)
{
    const size_t look = text.n > 2048 ? text.n - 2048 : 0;
    const size_t at = str_find(str_from(text, look), STR("\n-- \n"));

    return at == STR_NONE || str_trim(str_to(text, look + at)).n < 80 ? text : str_to(text, look + at);
}

static void take_text(struct notice *n, str text)
{
    n->text = without_footer(str_to(text, NOTICE_TEXT));
    n->lower = words_lower(n->text, n->arena);
    words_filter(n->lower, &n->words);
    origin_from_text(n);
    n->flat = words_flat(n->lower, n->arena);
}

void notice_read_text(struct notice *n)
{
    const struct mime_part *parts;
    const size_t count = mime_parts(n->mime, &parts);
    str text = joined_text(n, parts, count);

    n->html_unread = has_words(text);
    if (!n->html_unread)
        text = html_part(n, parts, count);
    if (!has_words(text) && n->origin.n == 0)
        text = raw_body(n);
    take_text(n, text);
    n->lower_subject = words_lower(str_to(n->subject, 1024), n->arena);
    n->lower_from = words_lower(str_to(n->from, 1024), n->arena);
}

bool notice_read_second(struct notice *n)
{
    const struct mime_part *parts;
    const size_t count = mime_parts(n->mime, &parts);
    const str text = n->html_unread ? html_part(n, parts, count) : STR("");

    n->html_unread = false;
    if (has_words(text))
        take_text(n, text);
    return has_words(text);
}

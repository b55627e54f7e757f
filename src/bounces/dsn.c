#include "bounces/dsn.h"

#include "base/clock.h"
#include "bounces/addresses.h"
#include "bounces/fields.h"
#include "bounces/origin.h"
#include "bounces/reply.h"
#include "bounces/words.h"
#include "model/address.h"

/* One group of fields about one recipient (RFC 3464 2.3). */
struct group {
    str final_recipient, original_recipient, actual_recipient, action, status, remote_mta, diagnostic, last_attempt;
    str display_name, supplementary;
};

struct dsn {
    struct notice *n;
    struct group group;
    size_t found;
};

#define AT(member) offsetof(struct group, member)
static const struct field_slot group_fields[] = {
    {{"final-recipient", 15}, AT(final_recipient)},
    {{"original-recipient", 18}, AT(original_recipient)},
    {{"x-actual-recipient", 18}, AT(actual_recipient)},
    {{"action", 6}, AT(action)},
    {{"status", 6}, AT(status)},
    {{"remote-mta", 10}, AT(remote_mta)},
    {{"diagnostic-code", 15}, AT(diagnostic)},
    {{"last-attempt-date", 17}, AT(last_attempt)},
    {{"x-display-name", 14}, AT(display_name)},
    {{"x-supplementary-info", 20}, AT(supplementary)},
};
#undef AT

static enum returned_kind kind_of(str action, struct esc status)
{
    static const struct {
        const char *action;
        enum returned_kind kind;
    } kinds[] = {{"fail", RETURNED_BOUNCE},       {"delayed", RETURNED_DEFERRAL},   {"delivered", RETURNED_DELIVERED},
                 {"relayed", RETURNED_DELIVERED}, {"expanded", RETURNED_DELIVERED}, {"deliverable", RETURNED_DELIVERED},
                 {"error", RETURNED_BOUNCE},      {"expired", RETURNED_BOUNCE},     {"delay", RETURNED_DEFERRAL}};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_starts(action, str_of(kinds[i].action)))
            return kinds[i].kind;
    return status.class == 2 ? RETURNED_DELIVERED : RETURNED_BOUNCE;
}

/* "dns; mx.example.org (192.0.2.1)" -> "mx.example.org" */
static str host_of(str value)
{
    const size_t semi = str_find_char(value, ';');
    str rest = semi == STR_NONE ? value : str_from(value, semi + 1), word;

    return str_take_word(&rest, &word) ? word : STR("");
}

/* Names without an address: the returned headers know whom we mailed. */
static str rebuilt(struct notice *n, str field)
{
    struct origin o;
    const str name = addresses_name(field);
    str address;

    origin_read(n, &o);
    address = addresses_named(o.to, name, n->arena);
    if (address.n == 0)
        address = addresses_only(o.to, n->arena);
    return address;
}

/* "5.2.2 (over quota)": some put the reason there and send no Diagnostic-Code. */
static str comment_of(str status)
{
    const size_t open = str_find_char(status, '(');
    const str inside = open == STR_NONE ? STR("") : str_from(status, open + 1);

    return str_to(inside, str_rfind_char(inside, ')'));
}

static void describe(struct notice *n, const struct group *g, struct returned_item *item)
{
    str status = g->status;

    item->action = arena_lower(n->arena, g->action);
    if (!esc_find(status, &item->status))
        item->status = (struct esc){0};
    item->diagnostic = reply_clean(g->diagnostic.n ? g->diagnostic : comment_of(status), n->arena);
    item->enhanced_status = reply_better_status(item->status, reply_status(item->diagnostic));
    item->reply_code = reply_code(item->diagnostic);
    item->phase = reply_phase(item->diagnostic);
    item->reporting_mta = n->reporting_mta;
    item->remote_mta = host_of(g->remote_mta);
    clock_parse_rfc5322(g->last_attempt, &item->occurred_at_us);
    item->kind = kind_of(item->action, item->status);
}

/* The address we mailed: Final-Recipient may hold a local account or a forwarding target (RFC 3464 2.3.1). */
static void end_group(struct dsn *d)
{
    struct notice *n = d->n;
    const struct group *g = &d->group;
    const str original = addresses_clean(g->original_recipient, n->arena);
    str final = addresses_clean(g->final_recipient, n->arena);

    if (g->final_recipient.n == 0 && g->original_recipient.n == 0 && g->actual_recipient.n == 0)
        return;
    if (final.n == 0 || (original.n && str_find_char(address_domain(final), '.') == STR_NONE))
        final = original; /* "user@mailhub0" is the account, not the address */
    if (final.n == 0)
        final = addresses_clean(g->actual_recipient, n->arena);
    if (final.n == 0)
        final = rebuilt(n, g->final_recipient);
    if (final.n == 0 && g->action.n + g->status.n == 0)
        return;
    struct returned_item *item = notice_find(n, final);
    if (!item)
        item = notice_add(n, RETURNED_BOUNCE);
    else if (item->diagnostic.n >= g->diagnostic.n)
        item = NULL; /* the same recipient twice: the group that says more stays */
    if (item) {
        item->recipient = final;
        item->original_recipient = original;
        describe(n, g, item);
    }
    d->found++;
}

static bool is_recipient(str name)
{
    return str_eq_nocase(name, STR("final-recipient")) || str_eq_nocase(name, STR("original-recipient"));
}

/* Some write Action first (Exim): a field that the group has already, behind a blank line, is the next recipient's. */
static bool repeats(const struct group *g, const struct field *f)
{
    if (g->final_recipient.n == 0)
        return false;
    if (str_eq_nocase(f->name, STR("action")))
        return g->action.n > 0;
    return f->gap && str_eq_nocase(f->name, STR("status")) && g->status.n > 0;
}

/* A recipient field that the group has already, or one behind a blank line after the group was full. */
static bool begins_group(const struct group *g, const struct field *f)
{
    const bool final = str_eq_nocase(f->name, STR("final-recipient"));

    if (!is_recipient(f->name))
        return repeats(g, f);
    if (final ? g->final_recipient.n : g->original_recipient.n)
        return true;
    return f->gap && g->final_recipient.n && g->action.n + g->status.n > 0;
}

static void message_field(struct notice *n, const struct field *f)
{
    if (str_eq_nocase(f->name, STR("reporting-mta")))
        n->reporting_mta = host_of(f->value);
    else if (str_eq_nocase(f->name, STR("original-envelope-id")))
        n->envelope_id = f->value;
    else if (str_eq_nocase(f->name, STR("x-postfix-queue-id")))
        n->queue_id = f->value;
    else if (str_eq_nocase(f->name, STR("x-postfix-sender")))
        n->sender_hint = addresses_clean(f->value, n->arena);
    else if (str_eq_nocase(f->name, STR("arrival-date")))
        clock_parse_rfc5322(f->value, &n->arrival_us);
}

static void group_field(struct group *g, const struct field *f)
{
    for (size_t i = 0; i < sizeof group_fields / sizeof *group_fields; i++) {
        str *to = (str *)(void *)((char *)g + group_fields[i].offset);
        if (str_eq_nocase(f->name, group_fields[i].name) && to->n == 0)
            *to = f->value;
    }
}

bool dsn_read_text(struct notice *n, str text)
{
    struct dsn d = {.n = n};
    struct field f;

    fields_clear(group_fields, sizeof group_fields / sizeof *group_fields, &d.group);
    while (!n->truncated && fields_next(&text, true, n->arena, &f)) {
        if (begins_group(&d.group, &f)) {
            end_group(&d);
            fields_clear(group_fields, sizeof group_fields / sizeof *group_fields, &d.group);
        }
        message_field(n, &f);
        group_field(&d.group, &f);
    }
    end_group(&d);
    return d.found > 0;
}

static bool is_status_part(const struct mime_part *p)
{
    return str_eq(p->type, STR("message/delivery-status")) || str_eq(p->type, STR("message/global-delivery-status")) ||
           str_eq(p->type, STR("message/x-delivery-status")) || str_eq(p->type, STR("text/delivery-status"));
}

bool dsn_read(struct notice *n)
{
    const struct mime_part *parts;
    const size_t count = mime_parts(n->mime, &parts);
    bool found = false;

    for (size_t i = 0; i < count; i++)
        if (is_status_part(&parts[i]) && dsn_read_text(n, mime_text(n->mime, i, MIME_FIELDS)))
            found = true;
    if (found)
        n->decoded_by = "dsn";
    return found;
}

bool dsn_read_words(struct notice *n)
{
    const size_t at = words_first(n->lower, &n->words, "\nfinal-recipient|\noriginal-recipient");
    const size_t begin = words_first(n->lower, &n->words, "\nreporting-mta");
    const size_t from = begin != STR_NONE && begin < at ? begin : at;

    if (at == STR_NONE || !dsn_read_text(n, str_from(n->text, from)))
        return false;
    n->decoded_by = "dsn";
    return true;
}

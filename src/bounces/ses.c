#include "bounces/ses.h"

#include "bounces/addresses.h"
#include "bounces/reply.h"

enum { MAX_RECIPIENTS = 100 };

/* The string behind "name": in the JSON text, escapes taken off; "" when it is not there. */
static str member(str json, const char *name, struct arena *arena)
{
    const str key = arena_printf(arena, "\"%s\"", name);
    const size_t at = str_find(json, key);
    str rest;
    size_t n = 0;

    if (at == STR_NONE)
        return STR("");
    rest = str_trim(str_from(json, at + key.n));
    if (!str_take_char(&rest, ':'))
        return STR("");
    rest = str_trim(rest);
    if (!str_take_char(&rest, '"'))
        return STR("");
    rest = str_to(rest, NOTICE_DIAGNOSTIC);
    char *to = arena_alloc(arena, rest.n + 1);
    for (size_t i = 0; i < rest.n && rest.p[i] != '"'; i++) {
        if (rest.p[i] == '\\' && i + 1 < rest.n)
            i++;
        to[n++] = rest.p[i] == '\n' ? ' ' : rest.p[i];
    }
    return (str){to, n};
}

static str list(str json, str name)
{
    const size_t at = str_find(json, name);
    const str rest = at == STR_NONE ? STR("") : str_from(json, at + name.n);

    return str_to(rest, str_find_char(rest, ']'));
}

static void add(struct notice *n, enum returned_kind kind, str one, str type)
{
    const str recipient = addresses_clean(member(one, "emailAddress", n->arena), n->arena);
    str reply = member(one, "diagnosticCode", n->arena), status = member(one, "status", n->arena);
    struct returned_item *item;

    if (recipient.n == 0)
        return;
    item = notice_fail(n, kind, recipient, reply);
    if (!item)
        return;
    if (esc_find(status, &item->status))
        item->enhanced_status = reply_better_status(item->status, item->enhanced_status);
    if (kind == RETURNED_COMPLAINT) {
        item->action = STR("");
        item->feedback_type = type.n ? arena_lower(n->arena, type) : STR("abuse");
        item->category = STR("complaint");
    }
}

/* "recipients":["a@example.org"] of a delivery notification. */
static bool delivered(struct notice *n)
{
    const size_t at = str_find(n->text, STR("\"delivery\":"));
    str rest = at == STR_NONE ? STR("") : list(str_from(n->text, at), STR("\"recipients\"")), address;
    const size_t before = n->count;

    for (int i = 0; i < MAX_RECIPIENTS && addresses_next(&rest, &address); i++) {
        struct returned_item *item = notice_add(n, RETURNED_DELIVERED);
        if (item)
            item->recipient = addresses_clean(address, n->arena);
    }
    return n->count > before;
}

/* Kinds of notification, and the list that names the recipients. */
static const struct {
    const char *type, *list;
    enum returned_kind kind;
} types[] = {
    {"Bounce", "\"bouncedRecipients\"", RETURNED_BOUNCE},
    {"Complaint", "\"complainedRecipients\"", RETURNED_COMPLAINT},
    {"DeliveryDelay", "\"delayedRecipients\"", RETURNED_DEFERRAL},
};

/* "Message": "{\"notificationType\": ...": the whole envelope of SNS, the notification as a string inside. */
static void take_out(struct notice *n)
{
    const size_t at = str_find(n->text, STR("\\\"mail\\\""));
    char *to;
    size_t k = 0;

    if (at == STR_NONE)
        return;
    to = arena_alloc(n->arena, n->text.n + 1);
    for (size_t i = 0; i < n->text.n; i++) {
        if (n->text.p[i] == '\\' && i + 1 < n->text.n)
            i++;
        to[k++] = n->text.p[i];
    }
    n->text = (str){to, k};
}

bool ses_read(struct notice *n)
{
    const size_t before = n->count;
    str type, rest, one;

    take_out(n);
    type = member(n->text, "notificationType", n->arena);
    if (type.n == 0)
        type = member(n->text, "eventType", n->arena); /* configuration sets name it so */
    if (str_eq_nocase(type, STR("Delivery")))
        return delivered(n);
    for (size_t k = 0; k < sizeof types / sizeof *types; k++) {
        if (!str_eq_nocase(type, str_of(types[k].type)))
            continue;
        rest = list(n->text, str_of(types[k].list));
        for (int i = 0; i < MAX_RECIPIENTS && str_take_field(&rest, '}', &one); i++)
            add(n, types[k].kind, one, member(n->text, "complaintFeedbackType", n->arena));
    }
    n->sender_hint = addresses_clean(member(n->text, "source", n->arena), n->arena);
    return n->count > before;
}

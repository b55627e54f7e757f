#include "bounces/arf.h"

#include "base/clock.h"
#include "bounces/addresses.h"
#include "bounces/fields.h"
#include "bounces/origin.h"
#include "bounces/words.h"

struct feedback {
    str type, original_mail_from, reporting_mta, arrival_date, received_date, user_agent, removal;
};

#define AT(member) offsetof(struct feedback, member)
static const struct field_slot slots[] = {
    {{"feedback-type", 13}, AT(type)},          {{"original-mail-from", 18}, AT(original_mail_from)},
    {{"reporting-mta", 13}, AT(reporting_mta)}, {{"arrival-date", 12}, AT(arrival_date)},
    {{"received-date", 13}, AT(received_date)}, {{"user-agent", 10}, AT(user_agent)},
    {{"removal-recipient", 17}, AT(removal)},
};
#undef AT

static void complain(struct notice *n, const struct feedback *f, str recipient)
{
    struct returned_item *item = recipient.n && notice_find(n, recipient) ? NULL : notice_add(n, RETURNED_COMPLAINT);

    if (!item)
        return;
    item->recipient = recipient;
    item->feedback_type = f->type.n ? arena_lower(n->arena, f->type) : STR("abuse");
    item->category = STR("complaint");
    item->reporting_mta = n->reporting_mta;
}

/* Every Original-Rcpt-To (RFC 5965 3.2) and Removal-Recipient: they may stand many times. */
static void named_recipients(struct notice *n, const struct feedback *f, str report)
{
    struct field field;

    while (fields_next(&report, false, n->arena, &field))
        if (str_eq_nocase(field.name, STR("original-rcpt-to")) || str_eq_nocase(field.name, STR("removal-recipient")) ||
            str_eq_nocase(field.name, STR("redacted-address"))) {
            const str address = addresses_clean(field.value, n->arena);
            if (address.n)
                complain(n, f, address);
        }
}

static str from_origin(struct notice *n)
{
    struct origin o;
    str address;

    origin_read(n, &o);
    address = addresses_clean(o.complained, n->arena); /* Hotmail */
    if (address.n == 0)
        address = addresses_only(o.to, n->arena);
    return address.n ? address : addresses_clean(o.delivered_to, n->arena);
}

static void feedback(struct notice *n, str report)
{
    struct feedback f = {.type = {"", 0}};
    const str sender_of_origin = n->sender_hint;

    fields_fill(report, slots, sizeof slots / sizeof *slots, &f, n->arena);
    n->reporting_mta = f.reporting_mta;
    n->sender_hint = addresses_clean(f.original_mail_from, n->arena);
    if (n->sender_hint.n == 0)
        n->sender_hint = sender_of_origin;
    if (!clock_parse_rfc5322(f.arrival_date, &n->arrival_us))
        clock_parse_rfc5322(f.received_date, &n->arrival_us);
    named_recipients(n, &f, report);
    if (n->count == 0)
        complain(n, &f, from_origin(n));
}

/* Hotmail's Junk Mail Reporting Program, SpamCop and other loops: our mail, attached, from a known reporter. */
static bool is_plain_complaint(struct notice *n)
{
    static const char senders[] =
        "staff@hotmail.com|reports.spamcop.net|feedbackloop@|feedback-loop@|fbl@|fbl-|scomp@aol|"
        "abuse-report|complaints@email-abuse|spam-report@|junkreport";
    static const char subjects[] = "complaint about message from|[spamcop|email feedback report|abuse report for|"
                                   "spam complaint|feedback loop report|email abuse report";

    const str subject = arena_lower(n->arena, str_to(n->subject, 512));

    if (!words_in(arena_lower(n->arena, str_to(n->from, 512)), senders) && !words_begin(subject, subjects) &&
        !words_begin(words_untagged(subject), subjects))
        return false;
    if (n->origin.n == 0)
        notice_read_text(n); /* our mail may stand in the text */
    return n->origin.n > 0;
}

bool arf_read(struct notice *n)
{
    const struct mime_part *parts;
    const size_t count = mime_parts(n->mime, &parts);

    for (size_t i = 0; i < count; i++)
        if (str_eq(parts[i].type, STR("message/feedback-report"))) {
            feedback(n, mime_text(n->mime, i, MIME_FIELDS));
            n->decoded_by = "arf";
            return true;
        }
    if (!is_plain_complaint(n))
        return false;
    feedback(n, STR(""));
    n->decoded_by = "jmrp";
    return true;
}

bool arf_read_words(struct notice *n)
{
    const size_t at = words_first(n->lower, &n->words, "\nfeedback-type:");

    if (at == STR_NONE || !words_in(str_from(n->lower, at), "\nversion:|\nuser-agent:"))
        return false;
    feedback(n, str_from(n->text, at + 1));
    n->decoded_by = "arf";
    return true;
}

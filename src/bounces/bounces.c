#include "bounces/bounces.h"

#include "base/clock.h"
#include "bounces/addresses.h"
#include "bounces/arf.h"
#include "bounces/autoreply.h"
#include "bounces/dialogue.h"
#include "bounces/dsn.h"
#include "bounces/families.h"
#include "bounces/fields.h"
#include "bounces/gate.h"
#include "bounces/origin.h"
#include "bounces/reply.h"

#define AT(member) offsetof(struct notice, member)
static const struct field_slot header_slots[] = {
    {{"from", 4}, AT(from)},
    {{"to", 2}, AT(to)},
    {{"subject", 7}, AT(subject)},
    {{"date", 4}, AT(date)},
    {{"return-path", 11}, AT(return_path)},
    {{"delivered-to", 12}, AT(delivered_to)},
    {{"auto-submitted", 14}, AT(auto_submitted)},
    {{"precedence", 10}, AT(precedence)},
    {{"list-id", 7}, AT(list_id)},
    {{"x-failed-recipients", 19}, AT(failed_recipients)},
    {{"authentication-results", 22}, AT(authserv)},
    {{"received", 8}, AT(received)},
    {{"x-original-to", 13}, AT(original_to)},
    {{"envelope-to", 11}, AT(original_to)},
    {{"x-autoreply", 11}, AT(autoreply)},
    {{"x-autorespond", 13}, AT(autorespond)},
    {{"x-auto-response-suppress", 24}, AT(suppress)},
    {{"x-ms-exchange-inbox-rules-loop", 30}, AT(inbox_rules)},
    {{"x-apple-action", 14}, AT(vacation)},
};
#undef AT

void bounces_start(void)
{
    mime_start();
}

void bounces_stop(void)
{
    mime_stop();
}

/* CRLF, bare CR and CR CR LF as LF; blank lines and an mbox "From " line in front gone. */
static str normalised(str mail, struct arena *arena)
{
    str text = mail, line;

    if (str_find_char(mail, '\r') != STR_NONE) {
        char *to = arena_alloc(arena, mail.n + 1);
        size_t n = 0;
        for (size_t i = 0; i < mail.n; i++) {
            if (mail.p[i] != '\r')
                to[n++] = mail.p[i];
            else if (i + 1 == mail.n || mail.p[i + 1] != '\n')
                if (!(i + 2 < mail.n && mail.p[i + 1] == '\r' && mail.p[i + 2] == '\n'))
                    to[n++] = '\n';
        }
        text = (str){to, n};
    }
    while (text.n && *text.p == '\n')
        text = str_from(text, 1);
    if (str_starts(text, STR("From ")) || str_starts(text, STR(">From ")))
        str_take_line(&text, &line);
    return text;
}

static void read_header(struct notice *n)
{
    n->header = fields_block(n->mail);
    fields_fill(n->header, header_slots, sizeof header_slots / sizeof *header_slots, n, n->arena);
    n->subject = mime_words(n->subject, n->arena);
    n->from = mime_words(n->from, n->arena);
    n->to = mime_words(n->to, n->arena);
}

/* The newest Received ends with its date, behind the last ';'. */
static int64_t date_of(const struct notice *n)
{
    const size_t semi = str_rfind_char(n->received, ';');
    int64_t at_us = CLOCK_NONE;

    if (semi == STR_NONE || !clock_parse_rfc5322(str_from(n->received, semi + 1), &at_us))
        clock_parse_rfc5322(n->date, &at_us);
    return at_us;
}

static void nothing(struct notice *n)
{
    notice_add(n, RETURNED_OTHER);
    n->decoded_by = "none";
}

/* "smtp; 550" or nothing at all: the words for people may know more. */
static bool is_weak(const struct returned_item *item)
{
    str rest = item->diagnostic, word;
    int words = 0;

    while (words < 2 && str_take_word(&rest, &word))
        words += word.n > 2 && !str_is_digit(*word.p);
    return words < 2 && item->kind != RETURNED_DELIVERED;
}

static void take_words(struct returned_item *item, const struct returned_item *from)
{
    item->diagnostic = from->diagnostic;
    item->enhanced_status = reply_better_status(item->enhanced_status, from->enhanced_status);
    item->reply_code = item->reply_code ? item->reply_code : from->reply_code;
    item->phase = item->phase ? item->phase : from->phase;
    if (item->remote_mta.n == 0)
        item->remote_mta = from->remote_mta;
}

/* Postfix names the command in the notice only: "(in reply to RCPT TO command)"; Sendmail shows the session there. */
static void find_phases(struct notice *n)
{
    const struct mime_part *parts;
    const size_t count = mime_parts(n->mime, &parts);
    str text = STR("");

    for (size_t i = 0; i < count && !parts[i].message && text.n == 0; i++)
        if (str_eq(parts[i].type, STR("text/plain")))
            text = mime_bytes(n->mime, i, NOTICE_TEXT);
    const size_t at = n->count == 1 ? str_find(text, STR("(in reply to")) : STR_NONE;
    for (size_t i = 0; i < n->count && i < 16; i++) {
        struct returned_item *item = &n->items[i];
        if (item->phase == PHASE_NONE && item->reply_code && at != STR_NONE)
            item->phase = phase_of_verb(str_trim(str_from(text, at + 12)));
        if (item->phase == PHASE_NONE)
            item->phase = dialogue_phase(text, item);
    }
}

/* Where fields stand in the text as well, only what is above them is meant for people. */
static void cut_fields(struct notice *n)
{
    const size_t at = words_first(n->lower, &n->words, "\nreporting-mta|\nfinal-recipient|\noriginal-recipient");

    n->text = str_to(n->text, at);
    n->lower = str_to(n->lower, at);
}

/* Fields without a reply: the notice above them is read as well, for its words only. */
static void enrich(struct notice *n)
{
    struct notice words = *n;
    bool weak = false;

    for (size_t i = 0; i < n->count && i < 16; i++)
        weak = weak || is_weak(&n->items[i]);
    if (!weak) {
        find_phases(n);
        return;
    }
    if (words.text.n == 0)
        notice_read_text(&words);
    cut_fields(&words);
    words.replies_only = true;
    words.items = NULL;
    words.count = words.room = 0;
    if (!families_read(&words) && !prose_read(&words, NULL) && prose_reply(&words).n)
        notice_fail(&words, RETURNED_BOUNCE, n->items[0].recipient, prose_reply(&words));
    for (size_t i = 0; i < n->count && i < 16; i++) {
        const struct returned_item *from = notice_find(&words, n->items[i].recipient);
        if (!from && n->count == 1 && words.count == 1)
            from = &words.items[0];
        if (from && from->diagnostic.n && is_weak(&n->items[i]))
            take_words(&n->items[i], from);
    }
}

/* Disposition notifications tell what a reader did: no delivery report (RFC 8098). */
static bool is_receipt(const struct notice *n)
{
    const struct mime_part *parts;
    const size_t count = mime_parts(n->mime, &parts);

    for (size_t i = 0; i < count; i++)
        if (str_eq(parts[i].type, STR("message/disposition-notification")))
            return true;
    return false;
}

/* Surely a report, and nobody named: our log may know by Message-ID or token. */
static bool recipient_unknown(struct notice *n)
{
    return gate_says_failed(n) && notice_fail(n, prose_kind(n), STR(""), n->text);
}

static bool read_failures(struct notice *n)
{
    if (dsn_read_words(n)) {
        enrich(n);
        return true;
    }
    if (families_read(n))
        return true;
    n->decoded_by = "prose";
    return prose_read(n, NULL);
}

static bool read_prose(struct notice *n)
{
    const bool passed_on = gate_passed_on(n);

    n->reports = gate_reports(n);
    if (!passed_on && arf_read_words(n))
        return true;
    if (n->reports && gate_titled_report(n) && read_failures(n)) /* Exim's and Postfix' are "auto-replied", too */
        return true;
    if (autoreply_read(n))
        return true;
    if (passed_on)
        return false;
    const struct notice first = *n;
    if (n->reports && read_failures(n))
        return true;
    if (notice_read_second(n) && gate_reports(n) && read_failures(n))
        return true;
    *n = first;
    n->decoded_by = "prose";
    return n->reports && (prose_rebuild(n) || recipient_unknown(n));
}

static void read_notice(struct notice *n)
{
    origin_from_parts(n);
    if (arf_read(n))
        return;
    if (autoreply_challenge_sender(n)) {
        notice_read_text(n);
        if (autoreply_challenge(n))
            return;
    }
    if (dsn_read(n)) {
        enrich(n);
        return;
    }
    notice_read_text(n);
    if (is_receipt(n) && !gate_says_failed(n)) { /* Dovecot rejects mail in the form of a receipt */
        nothing(n);
        return;
    }
    if (!autoreply_unsubscribe(n) && !autoreply_challenge(n) && !read_prose(n))
        nothing(n);
}

/* Where this mail was sent: the envelope as the last relay noted it, else the header. */
static str bounce_address(const struct notice *n)
{
    return n->original_to.n ? n->original_to : n->delivered_to.n ? n->delivered_to : n->to;
}

static void answer(const struct notice *n, struct returned *out)
{
    *out = (struct returned){
        .items = n->items,
        .count = n->count,
        .truncated = n->truncated,
        .decoded_by = n->decoded_by,
        .digest = hash128(n->mail),
        .envelope_id = n->envelope_id,
        .mail_to = addresses_clean(bounce_address(n), n->arena),
        .authserv = n->authserv,
        .date_us = n->arrival_us,
    };
    origin_describe(n, out);
}

bool bounces_read(str mail, struct arena *arena, struct returned *out, struct err *err)
{
    struct notice n;

    notice_clear(&n, arena);
    n.mail = normalised(mail.n ? mail : STR(""), arena);
    n.mime = mime_open(n.mail, arena, err);
    if (!n.mime)
        return false;
    read_header(&n);
    n.arrival_us = date_of(&n);
    read_notice(&n);
    n.arrival_us = date_of(&n);
    dialogue_none(&n);
    answer(&n, out);
    return true;
}

size_t bounces_families(const struct family_info **out)
{
    static struct family_info info[64];
    static const struct family_info others[] = {
        {"dsn", "delivery status notifications (RFC 3464, RFC 6533)"},
        {"arf", "complaints: feedback reports (RFC 5965, RFC 6591)"},
        {"jmrp", "complaints without fields: Hotmail JMRP, SpamCop"},
        {"autoreply", "vacation notices and other automatic answers"},
        {"challenge", "challenge-response systems"},
        {"unsubscribe", "mails to a list-unsubscribe address"},
        {"prose", "any other notice: addresses near a failure"},
    };
    size_t n = 0;

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        info[n++] = others[i];
    for (size_t i = 0; i < families_count && n < sizeof info / sizeof *info; i++)
        if (i == 0 || strcmp(families[i].name, families[i - 1].name) != 0) /* some have a row a shape */
            info[n++] = (struct family_info){families[i].name, families[i].title};
    *out = info;
    return n;
}

#include "bounces/bounces.h"

#include "base/clock.h"
#include "bounces/addresses.h"
#include "bounces/arf.h"
#include "bounces/dsn.h"
#include "bounces/fields.h"
#include "bounces/notice.h"
#include "bounces/origin.h"

#define AT(member) offsetof(struct notice, member)
static const struct field_slot header_slots[] = {
    {{"from", 4}, AT(from)},
    {{"to", 2}, AT(to)},
    {{"subject", 7}, AT(subject)},
    {{"date", 4}, AT(date)},
    {{"return-path", 11}, AT(return_path)},
    {{"delivered-to", 12}, AT(delivered_to)},
    {{"sender", 6}, AT(sender)},
    {{"auto-submitted", 14}, AT(auto_submitted)},
    {{"precedence", 10}, AT(precedence)},
    {{"in-reply-to", 11}, AT(in_reply_to)},
    {{"references", 10}, AT(references)},
    {{"list-id", 7}, AT(list_id)},
    {{"x-mailer", 8}, AT(x_mailer)},
    {{"content-type", 12}, AT(content_type)},
    {{"message-id", 10}, AT(message_id)},
    {{"x-failed-recipients", 19}, AT(failed_recipients)},
    {{"authentication-results", 22}, AT(authserv)},
    {{"received", 8}, AT(received)},
    {{"x-loop", 6}, AT(x_loop)},
    {{"x-autoreply", 11}, AT(x_autoreply)},
    {{"x-autorespond", 13}, AT(x_autorespond)},
    {{"x-auto-response-suppress", 24}, AT(suppress)},
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

static void read_notice(struct notice *n)
{
    origin_from_parts(n);
    if (arf_read(n) || dsn_read(n))
        return;
    nothing(n);
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
        .mail_to = addresses_clean(n->delivered_to.n ? n->delivered_to : n->to, n->arena),
        .authserv = n->authserv,
        .date_us = n->arrival_us,
    };
    origin_describe(n, out);
}

bool bounces_read(str mail, struct arena *arena, struct returned *out, struct err *err)
{
    struct notice n = {.arena = arena};

    n.mail = normalised(mail, arena);
    n.mime = mime_open(n.mail, arena, err);
    if (!n.mime)
        return false;
    read_header(&n);
    n.arrival_us = date_of(&n);
    read_notice(&n);
    n.arrival_us = date_of(&n);
    answer(&n, out);
    mime_close(n.mime);
    return true;
}

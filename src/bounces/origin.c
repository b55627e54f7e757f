#include "bounces/origin.h"

#include "bounces/addresses.h"
#include "bounces/fields.h"
#include "bounces/prescan.h"
#include "bounces/words.h"

#define AT(member) offsetof(struct origin, member)
static const struct field_slot slots[] = {
    {{"return-path", 11}, AT(return_path)},
    {{"from", 4}, AT(from)},
    {{"to", 2}, AT(to)},
    {{"x-hmxmroriginalrecipient", 24}, AT(complained)},
    {{"delivered-to", 12}, AT(delivered_to)},
    {{"x-original-to", 13}, AT(envelope_to)},
    {{"envelope-to", 11}, AT(envelope_to)},
    {{"message-id", 10}, AT(message_id)},
    {{"subject", 7}, AT(subject)},
    {{"received", 8}, AT(received)},
};
#undef AT

static bool is_header_part(const struct mime_part *p)
{
    return str_eq(p->type, STR("text/rfc822-headers")) || str_eq(p->type, STR("text/rfc822-header")) ||
           str_eq(p->type, STR("message/rfc822-headers")) || str_eq(p->type, STR("message/global-headers")) ||
           str_eq(p->type, STR("text/rfc822"));
}

/* Names of headers that a copied message begins with. */
static bool header_name(str name)
{
    static const char *const names[] = {
        "received",      "return-path", "from",         "to",         "subject",       "message-id", "date",
        "sender",        "x-mailer",    "mime-version", "reply-to",   "content-type",  "cc",         "delivered-to",
        "x-original-to", "x-sender",    "references",   "x-priority", "dkim-signature"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq_nocase(name, str_of(names[i])))
            return true;
    return str_starts_nocase(name, STR("x-")) || str_starts_nocase(name, STR("arc-")) ||
           str_starts_nocase(name, STR("content-"));
}

static bool sure_name(str name)
{
    return str_eq_nocase(name, STR("received")) || str_eq_nocase(name, STR("return-path")) ||
           str_eq_nocase(name, STR("message-id")) || str_eq_nocase(name, STR("from")) ||
           str_eq_nocase(name, STR("dkim-signature")) || str_starts_nocase(name, STR("x-"));
}

/* "> Subject: x": the same, somebody quotes. */
static str unquoted(str line)
{
    str_take_char(&line, '>');
    str_take_char(&line, ' ');
    return line;
}

/* A block of three or more header lines, all but a few of the well-known kind. */
bool origin_begins(str rest)
{
    const bool quoted = rest.n > 1 && rest.p[0] == '>' && rest.p[1] != '>';
    size_t fields = 0, known = 0;
    bool certain = false; /* one that no list of details in a notice has */
    str line, name, value;

    for (int lines = 0; lines < 60 && fields < 12 && str_take_line(&rest, &line); lines++) {
        if (quoted)
            line = unquoted(line);
        if (line.n == 0)
            break;
        if (line.p[0] == ' ' || line.p[0] == '\t') {
            if (fields == 0)
                return false;
            continue;
        }
        if (!field_split(line, &name, &value))
            break;
        fields++;
        known += header_name(name);
        certain = certain || sure_name(name);
        if (known == 0 && fields > 1)
            return false;
    }
    return fields >= 3 && known >= 3 && certain;
}

void origin_from_parts(struct notice *n)
{
    const struct mime_part *parts;
    const size_t count = mime_parts(n->mime, &parts);

    for (size_t i = 0; i < count && n->origin.n == 0; i++) {
        if (parts[i].message)
            n->origin = mime_returned(n->mime);
        else if (is_header_part(&parts[i]))
            n->origin = mime_text(n->mime, i, PRESCAN_ALL_HEADERS);
        else if (parts[i].attached && origin_begins(mime_bytes(n->mime, i, 4096)))
            n->origin = fields_block(mime_text(n->mime, i, PRESCAN_ALL_HEADERS));
        else if (parts[i].depth > 0 && str_starts(parts[i].type, STR("message/")) &&
                 str_find(parts[i].type, STR("-status")) == STR_NONE && !str_ends(parts[i].type, STR("-report")))
            n->origin = fields_block(mime_text(n->mime, i, PRESCAN_ALL_HEADERS));
    }
}

void origin_read(const struct notice *n, struct origin *out)
{
    *out = (struct origin){.to = {"", 0}};
    fields_fill(n->origin, slots, sizeof slots / sizeof *slots, out, n->arena);
}

/* "by HOST ... with ESMTP id QUEUEID for <...>; date": the relay that gave up added the topmost one. */
static str received_id(str received)
{
    size_t at = str_find(received, STR(" id "));
    str id;

    if (at == STR_NONE)
        return STR("");
    str rest = str_from(received, at + 4);
    if (!str_take_word(&rest, &id))
        return STR("");
    if (id.n && id.p[id.n - 1] == ';')
        id.n--;
    str_take_char(&id, '<');
    return id.n >= 5 && id.n <= 64 && str_find_char(id, '@') == STR_NONE ? id : STR("");
}

void origin_describe(const struct notice *n, struct returned *out)
{
    struct origin o;
    str sender;

    origin_read(n, &o);
    sender = addresses_clean(o.return_path, n->arena);
    if (sender.n == 0)
        sender = n->sender_hint;
    out->envelope_sender = sender.n ? sender : addresses_clean(o.from, n->arena);
    out->message_id = o.message_id;
    out->queue_id = n->queue_id.n ? n->queue_id : received_id(o.received);
}

/* What notices write above the message they return. */
static const char markers[] = "--- below this line is a copy of the message"
                              "|--- below the next line is a copy of the message"
                              "|------ this is a copy of the message"
                              "|----- original message"
                              "|--- original message"
                              "|----- unsent message"
                              "|message header follows"
                              "|--- message header"
                              "|original message follows"
                              "|message headers follow"
                              "|original message headers"
                              "|original message header"
                              "|original headers follow"
                              "|----- returned message"
                              "|returned message follows"
                              "|--- the header of the original message"
                              "|-- text of message follows"
                              "|unsent message below"
                              "|message text follows"
                              "|your original message"
                              "|--- returned mail"
                              "|here is a copy of the message"
                              "|the header of the original message"
                              "|below is a copy of the message"
                              "|message is below"
                              "|copy of the message"
    "|copy of your message"
    "|here is your returned mail"
    "|here is the message";

/* 0: no marker; 1: one inside the line; 2: the line begins with it. The line is in lower case. */
static int marker_of(str line)
{
    const size_t at = words_start(str_to(line, 200), markers);

    return at == STR_NONE ? 0 : at == 0 || line.p[0] == '-' ? 2 : 1;
}

static str skip_to_headers(str rest)
{
    str line, at = rest;

    for (int blank = 0; blank < 6 && str_take_line(&rest, &line); at = rest) {
        if (origin_begins(at))
            return fields_block(at);
        if (str_trim(line).n == 0)
            blank++;
    }
    return STR("");
}

void origin_from_text(struct notice *n)
{
    const size_t first = words_first(n->lower, &n->words, markers); /* no line in front of it has one */
    str rest = n->text, line;
    bool gap = true;

    for (str at = rest; str_take_line(&rest, &line); at = rest) {
        const bool headers = gap && origin_begins(at);
        const str lower = str_to(str_from(n->lower, (size_t)(at.p - n->text.p)), line.n);
        const int marker =
            headers || first == STR_NONE || (size_t)(rest.p - n->text.p) <= first ? 0 : marker_of(str_trim(lower));
        if (headers || marker == 2 || (marker == 1 && skip_to_headers(rest).n)) {
            if (n->origin.n == 0)
                n->origin = headers ? fields_block(at) : skip_to_headers(rest);
            n->text = str_to(n->text, (size_t)(at.p - n->text.p));
            n->lower = str_to(n->lower, n->text.n);
            return;
        }
        gap = line.n == 0 || line.p[0] == '-' || line.p[0] == '=' || line.p[0] == '_' || line.p[0] == '*' ||
              line.p[0] == '[';
    }
}

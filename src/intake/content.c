/* What an input holds, told from its first bytes. */
#include "intake/from_line.h"
#include "intake/mails.h"

/* Headers that every mail has at least one of; a log line that happens to look like a header has none. */
static const str known_headers[] = {
    STR("received"),     STR("return-path"),    STR("delivered-to"), STR("from"),        STR("to"),
    STR("cc"),           STR("subject"),        STR("date"),         STR("message-id"),  STR("mime-version"),
    STR("content-type"), STR("reply-to"),       STR("sender"),       STR("resent-from"), STR("x-original-to"),
    STR("envelope-to"),  STR("dkim-signature"), STR("arc-seal"),     STR("authentication-results"),
};

static bool is_known_header(str line)
{
    str name;

    if (!str_take_until(&line, ':', &name))
        return false;
    name = str_trim(name);
    for (size_t i = 0; i < sizeof known_headers / sizeof *known_headers; i++) {
        if (str_eq_nocase(name, known_headers[i]))
            return true;
    }
    return false;
}

/* Files that are no text, though they may begin with much of it. */
static const struct {
    size_t at;
    str magic;
} binaries[] = {
    {0, STR("\177ELF")}, {0, STR("PK\3\4")},          {0, STR("\211PNG")},  {0, STR("\377\330\377")},
    {0, STR("%PDF-")},   {0, STR("SQLite format 3")}, {0, STR("LPKSHHRH")}, {257, STR("ustar")},
};

/* Text has next to no control bytes. A run of NULs counts as one: a copytruncate or a crash leaves
 * such holes in logs that are otherwise fine. */
static bool is_binary(str head)
{
    size_t odd = 0, text = 0;

    for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++) {
        if (str_starts(str_from(head, binaries[i].at), binaries[i].magic))
            return true;
    }
    for (size_t i = 0; i < head.n; i++) {
        const uint8_t c = (uint8_t)head.p[i];
        if (c == 0) {
            odd += i == 0 || head.p[i - 1] != 0;
        } else {
            odd += c < 0x20 ? !(c >= '\t' && c <= '\r') && c != 0x1b : c == 0x7f;
            text++;
        }
    }
    return odd * 20 > text;
}

/*
 * A header block: header lines and their continuations up to an empty line, one that we know among them. Real mail
 * has torn ones, folded without a blank (seen from Exchange Online): then it takes three that we know.
 */
static bool is_mail(str s)
{
    size_t known = 0, torn = 0;

    if (!from_line_is_header(s))
        return false;
    while (s.n > 0 && s.p[0] != '\n' && s.p[0] != '\r') {
        const size_t end = from_line_end(s);
        const str line = str_to(s, end);
        if (from_line_is_header(line))
            known += is_known_header(line);
        else if (line.p[0] != ' ' && line.p[0] != '\t' && !str_starts(line, STR(">From ")))
            torn++;
        s = str_from(s, end);
    }
    return known >= (torn ? 3 : 1);
}

enum content content_of(str head, bool maildir)
{
    if (head.n == 0)
        return CONTENT_EMPTY;
    const str text = from_line_skip_empty(head);
    if (maildir || text.n == 0)
        return maildir ? CONTENT_MAIL : CONTENT_LINES;
    if (from_line_opens(text, false))
        return CONTENT_MBOX;
    if (is_mail(text))
        return CONTENT_MAIL;
    return is_binary(head) ? CONTENT_UNKNOWN : CONTENT_LINES;
}

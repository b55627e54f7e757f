#include "bounces/reason.h"

#include "bounces/prose.h"
#include "bounces/reply.h"
#include "bounces/words.h"
#include "model/esc.h"

enum { REASON_LINES = 40 };

/* Anything a rule could work with: a reply code, or some letters. */
static bool says_something(str reason)
{
    size_t letters = 0;

    for (size_t i = 0; i < reason.n && letters < 8; i++)
        letters += str_is_alpha(reason.p[i]) || (unsigned char)reason.p[i] >= 0x80;
    return letters >= 8 || reply_code(reason);
}

/* How paragraphs begin that hold the reply. */
static bool opens_reason(str paragraph)
{
    static const char *const heads[] = {"reason",
                                        "diagnostic",
                                        "technical detail",
                                        "the error",
                                        "error",
                                        "because",
                                        "details",
                                        "response",
                                        "the response",
                                        "user ",
                                        "the following mail has",
                                        "this account",
                                        "your message was",
                                        "remote host",
                                        "the reason",
                                        "the mail"};

    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (str_starts_nocase(paragraph, str_of(heads[i])))
            return true;
    return false;
}

/* Advice for the reader, or what the mail was about: no reply. */
static bool is_advice(str paragraph)
{
    static const char *const heads[] = {"please reply",
                                        "please contact",
                                        "please do not",
                                        "if you",
                                        "for further",
                                        "for assistance",
                                        "for more information",
                                        "contact ",
                                        "no action is",
                                        "subject:",
                                        "betreff:",
                                        "objet",
                                        "asunto:",
                                        "assunto:",
                                        "oggetto:",
                                        "onderwerp:",
                                        "件名",
                                        "主题",
                                        "제목"};

    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (str_starts_nocase(paragraph, str_of(heads[i])))
            return true;
    return false;
}

/* Does a new paragraph still belong to the reply in front of it? */
static bool goes_on(bool labelled, str reason, str next)
{
    const str so_far = str_trim(reason), s = str_trim(next), first = str_trim(str_to(s, str_find_char(s, '\n')));
    struct esc status;

    if (is_advice(s))
        return false;
    if (!says_something(so_far) || so_far.p[so_far.n - 1] == ':')
        return true;
    if (first.n > 0 && first.p[first.n - 1] == ':' && reply_code(so_far) == 0 && !esc_find(so_far, &status))
        return true;
    if (s.n > 3 && (str_starts(s, STR("<<<")) || str_starts(s, STR(">>>"))))
        return true;
    if (labelled && opens_reason(s) && reply_code(so_far) == 0)
        return true;
    return reply_code(so_far) == 0 && s.n > 3 && reply_code(str_to(s, 4)) != 0;
}

/* A label or a sentence is part of the reply: its paragraph, as far as no other recipient stands in it. */
static size_t reason_start(const struct prose *p, size_t i)
{
    const struct found *f = &p->found[i];
    const size_t floor = i > 0 ? p->found[i - 1].after : 0;
    const str before = str_to(p->text, f->line);
    size_t at = f->line;

    if (f->shape == SHAPE_LINE)
        return f->after;
    while (at > 0 && f->line - at < 400 && !(at > 1 && before.p[at - 1] == '\n' && before.p[at - 2] == '\n'))
        at--;
    return at > floor ? at : floor > f->line ? f->after : f->line;
}

/* "... did not reach the recipient: <address>", and the reason in the next paragraph. */
static bool only_names(const struct prose *p, size_t i, const char *end, str next)
{
    const char *from = p->text.p + p->found[i].after;
    size_t words = 0;

    for (const char *c = from; c < end; c++)
        words += str_is_alpha(*c) || str_is_digit(*c) || (unsigned char)*c >= 0x80;
    return p->found[i].shape != SHAPE_LINE && words == 0 && !is_advice(str_trim(next));
}

/* From there to the next recipient, to an empty line, or to the end. */
static str stretch_of(const struct prose *p, size_t i)
{
    const size_t from = reason_start(p, i);
    const size_t limit = i + 1 < p->count && p->found[i + 1].line >= from ? p->found[i + 1].line : p->text.n;
    const str all = str_to(str_from(p->text, from), limit - from < REASON_BYTES ? limit - from : REASON_BYTES);
    str rest = all, line;
    int lines = 0;

    for (str at = rest; lines < REASON_LINES && str_take_line(&rest, &line); at = rest, lines++) {
        const bool rule = line.n > 8 && words_begin(line, "-----|=====|*****|#####");
        const bool behind = at.p > p->text.p + p->found[i].after;
        if (str_starts(line, STR("_____")) || str_starts(line, STR("--- "))) /* a footer; qmail's last line */
            return str_to(all, (size_t)(at.p - all.p));
        if ((rule || str_trim(line).n == 0) && behind && !only_names(p, i, at.p, rest) &&
            !goes_on(p->found[i].shape != SHAPE_LINE, str_to(all, (size_t)(at.p - all.p)), rest))
            return str_to(all, (size_t)(at.p - all.p));
    }
    return str_to(all, (size_t)(rest.p - all.p));
}

static str without_edges(str reason)
{
    str s = str_trim(reason), line;

    while (str_starts(s, STR("-----")) && str_find_char(s, '\n') != STR_NONE) { /* a heading */
        str_take_line(&s, &line);
        s = str_trim(s);
    }
    while (s.n > 0 && strchr(">\":;,.)]}*=", *s.p))
        s = str_trim(str_from(s, 1));
    return s;
}

/* Where a line's reply begins: "550 ...", "<<< 550 ...", "Reason: 550 ...", "host x said: 550 ..."; STR_NONE without
 * one. */
static size_t reply_at(str s)
{
    static const char *const leads[] = {"<-- ", ": ",
                                        "\xef\xbc\x9a"}; /* MDaemon's transcript; a label, also full-width */

    if (str_starts(s, STR("<<<")) || (s.n > 3 && reply_code(str_to(s, 4))))
        return 0;
    s = str_to(s, 200);
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
        for (size_t at = 0, end; (end = str_find(str_from(s, at), str_of(leads[i]))) != STR_NONE;) {
            at += end + strlen(leads[i]);
            if (reply_code(str_to(str_from(s, at), 4)))
                return at < 40 ? at : 0; /* what stands in front of it may name the host */
        }
    return STR_NONE;
}

/* The first line with a reply code where a reply begins, and what follows it. */
str prose_reply(const struct notice *n)
{
    str rest = n->text, line;

    while (str_take_line(&rest, &line)) {
        const str s = str_trim(line);
        const size_t at = s.n > 3 ? reply_at(s) : STR_NONE;
        if (at == STR_NONE)
            continue;
        const char *from = s.p + at;
        const str best = str_to((str){from, (size_t)(n->text.p + n->text.n - from)}, REASON_BYTES);
        return str_to(best, str_find(best, STR("\n\n")));
    }
    return STR("");
}

/* The paragraph in front of an address: "The user(s) account is disabled." */
static str paragraph_before(const struct prose *p, size_t i)
{
    const size_t floor = i > 0 ? p->found[i - 1].after : 0, end = p->found[i].line;
    size_t at = end;

    while (at > floor && str_is_space(p->text.p[at - 1]))
        at--;
    while (at > floor && end - at < 600 && !(p->text.p[at - 1] == '\n' && (at < 2 || p->text.p[at - 2] == '\n')))
        at--;
    return str_trim(str_to(str_from(p->text, at), end - at));
}

/* "Reason: ..." somewhere below the address. */
static str named_reason(const struct prose *p, size_t i)
{
    str rest = str_from(p->text, p->found[i].after), line;

    while (str_take_line(&rest, &line)) {
        const str s = str_trim(line);
        const size_t colon = str_find_char(str_to(s, 40), ':');
        if (colon != STR_NONE && opens_reason(s) && says_something(str_from(s, colon)))
            return s;
    }
    return STR("");
}

/* No reply behind the address: it stands once in the notice, or above the address. */
static str common_reason(const struct prose *p, size_t i)
{
    const str reply = prose_reply(p->n), named = reply.n ? reply : named_reason(p, i);
    str above = paragraph_before(p, i);

    if (named.n)
        return named;
    if (!says_something(above))
        above = paragraph_before(p, 0); /* a list: what stands above its first address */
    return says_something(above) ? above : str_to(p->n->text, REASON_BYTES);
}

/* What stands below the address says nothing of a failure, what stands above it does: "The mailbox of this user is full:" */
static bool better_above(const struct prose *p, size_t i, str below, str above)
{
    static const char said[] = "full|quota|unknown|exist|disabled|no such|closed|invalid|not found|unavailable|exceed|"
                               "inactive|suspend|discontinued|denied|reject|refus|block|expired|timed out|too ";
    static const char other[] = "fail|could not|cannot|unable|undeliver|error|not |no ";
    const str lower = words_lower(below, p->n->arena);

    return i == 0 && p->found[i].shape == SHAPE_LINE && above.n && !words_in(lower, said) && !words_in(lower, other) &&
           words_in(words_lower(above, p->n->arena), said);
}

str reason_of(const struct prose *p, size_t i)
{
    const str own = without_edges(stretch_of(p, i));

    if (!says_something(own) || is_advice(own))
        return p->n->replies_only ? prose_reply(p->n) : common_reason(p, i);
    if (reply_code(own) || reply_status(own).class)
        return own;
    const str reply = p->one ? prose_reply(p->n) : STR(""), above = paragraph_before(p, i);
    return reply.n ? reply : better_above(p, i, own, above) ? above : own;
}

#include "bounces/prose.h"

#include "bounces/addresses.h"
#include "bounces/gate.h"
#include "bounces/origin.h"
#include "bounces/reason.h"
#include "bounces/reply.h"
#include "bounces/words.h"
#include "model/address.h"

/* Names of the sender's side: an address behind one of these is never a failed recipient. */
static const char not_recipients[] =
    "sender|from:|from <|envelope-from|mail from|reply|contact|postmaster|administrator|help|support|sent by|write to|"
    "return-path|von:|absender|expéditeur|remitente|mittente|report-by|x-postfix-sender|questions|forward|"
    "message-id|mailto:|subject|resent|complaint|abuse|in-reply-to|references|get in touch|originator|"
    "отправител|відправник|差出人|発信者|送信者|发件人|寄件者|寄件人|보낸사람|보낸 사람|feladó|"
    "gönderen|lähettäjä|odesílatel|nadawca|αποστολέας";

static const char labels[] =
    "recipient|undeliverable address|error-for|target mail address|address:|undeliverable to|delivered to:|rcpt to|"
    "user:|unknown user|unknown local-part|destination|mailbox:|user unknown|permanent errors:|attempts:|allowed size:|"
    "mailbox is full:|generated from|expanded from|not delivered to|original to|to "
    "address|empfänger|destinataire|destinatario|宛先|あて先|宛て先|"
    "收件人|收件者|받는 사람|수신자|수신인|получател|адрес|email address:|"
    "message to:|failed:|no such user|delivery "
    "failed|addressed to|unable to deliver";

static const char failures[] =
    "error delivering|undeliver|not be delivered|not delivered|cannot be delivered|couldn't be delivered|rejected|"
    "has failed|failed|unknown|no such|does not exist|doesn't exist|not exist|did not reach|mailbox full|is full|"
    "not a member|not member|unable to deliver|could not deliver|couldn't deliver|can't deliver|over quota|not found|"
    "has been postponed|did not exactly match|not listed|unzustellbar|nicht zugestellt|konnte nicht|n'a pas pu|"
    "no se pudo|no pudo|non è stato|impossibile|niet worden bezorgd|não pôde|nao pode|"
    "не может быть доставлено|"
    "не удалось|не "
    "доставлено|送信できません|配信できません|届けできません|无法|退回|"
    "못했습니다|실패|disabled|discontinued|"
    "no se ha podido|no ha podido|no ha sido|n'a pas été|nicht ausgeliefert|abgelehnt|zurückgewiesen|non è possibile|"
    "non consegnat|não foi|kon niet|kunde inte|kunne ikke|ikke leveret|ei voitu|nie został|nie można|nelze doručit|"
    "nebylo|nem kézbesíthető|nu a putut|teslim edilemedi|не вдалося|не был|не доставлен|δεν παραδόθηκε|không thể|"
    "gagal|失敗|届かな|失败|未送达|未能|退信|退回|לא ניתן|تعذر|لم يتم|ไม่สามารถ|"
    "exceeded|was blocked|has been blocked|not been delivered|mail to |message to |not accepted|bounced|returned "
    "permanent|permanent error|account is|delayed|refused";

static bool is_bullet(str s)
{
    static const char *const marks[] = {"*",
                                        "-",
                                        "<",
                                        ">",
                                        "\"",
                                        "'",
                                        "(",
                                        "[",
                                        "{",
                                        "|",
                                        "#",
                                        "=",
                                        "\xe2\x80\xa2",
                                        "\xc2\xb7",
                                        "\xe3\x83\xbb",
                                        "\xe3\x80\x80",
                                        "&lt;",
                                        "+",
                                        "\xe2\x80\x93"};

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (str_starts(s, str_of(marks[i])))
            return true;
    return false;
}

/* Blanks, bullets and opening brackets off; answers how far the first of them was indented. */
static str without_bullets(str line, size_t *indent)
{
    str s = line;

    while (s.n > 0 && (str_is_space(*s.p) || is_bullet(s))) {
        size_t width = str_starts(s, STR("&lt;")) ? 4 : 1;
        s = str_from(s, width);
        while (s.n > 0 && ((unsigned char)*s.p & 0xc0) == 0x80)
            s = str_from(s, 1); /* the rest of a multi-byte mark */
    }
    *indent = 0;
    while (*indent < line.n && (line.p[*indent] == ' ' || line.p[*indent] == '\t'))
        (*indent)++;
    if (str_starts_nocase(s, STR("mailto:")))
        s = str_from(s, 7);
    return s;
}

static bool ours(const struct notice *n, str address)
{
    return str_find_nocase(n->to, address) != STR_NONE || str_eq(n->sender_hint, address);
}

/* "> text", ">text": somebody quotes; "<<<" and ">>>" are dialogues. */
static bool is_quoted(str line)
{
    return line.n > 1 && line.p[0] == '>' && line.p[1] != '>';
}

static struct found *note(struct prose *p, enum shape shape, str address, size_t line, size_t after)
{
    const str clean = address_clean(address, p->n->arena);

    if (clean.n == 0 || p->count == PROSE_FOUND || str_find_char(address_domain(clean), '.') == STR_NONE)
        return NULL;
    p->found[p->count] = (struct found){.address = clean, .shape = shape, .line = line, .after = after};
    p->found[p->count].quoted = is_quoted(str_from(p->text, line));
    return &p->found[p->count++];
}

/* `Kijitora <kijitora@example.org>`, `"a@b" <a@b>`: a name in front of the address, nothing behind. */
static bool named_address(str line, str *address)
{
    const str s = str_trim(line);
    const size_t open = str_rfind_char(s, '<');
    str rest; /* also "SMTP <a@example.org>" (Netscape) */

    if (open == STR_NONE || open == 0 || open > 80 || s.n == 0 || s.p[s.n - 1] != '>')
        return false;
    for (size_t i = 0; i < open; i++)
        if (s.p[i] == ':' || s.p[i] == '=')
            return false;
    rest = str_from(s, open + 1);
    return rest.n > 1 && addresses_next(&rest, address) && address->p == s.p + open + 1;
}

/* `a@example.org <b@example.org>`: the one in brackets is meant (RFC 5322 3.4). */
static void second_address(str rest, str *address)
{
    str next;

    rest = str_to(str_skip_blanks(rest), 200);
    if (str_take_char(&rest, '<') && addresses_next(&rest, &next) && str_find_char(str_to(rest, 1), '>') == 0)
        *address = next;
}

/* "550 5.1.1" ends the line above: the reply was wrapped in front of the address it names. */
static bool goes_on_a_reply(str before)
{
    size_t from;

    before = str_to(before, before.n ? before.n - 1 : 0); /* its line end */
    from = before.n;
    while (from > 0 && (str_is_digit(before.p[from - 1]) || before.p[from - 1] == '.'))
        from--;
    const str word = str_from(before, from);
    return (word.n == 3 && (*word.p == '4' || *word.p == '5') && from > 0 && str_is_space(before.p[from - 1])) ||
           (word.n >= 5 && word.p[1] == '.' && reply_status(word).class != 0);
}

/* Shape 1: the line begins with an address. */
static bool line_shape(struct prose *p, str line, size_t at)
{
    size_t indent;
    const str s = without_bullets(line, &indent);
    str rest = s, address;

    if (goes_on_a_reply(str_to(p->text, at)))
        return false;
    if (!addresses_next(&rest, &address) || (address.p != s.p && !named_address(s, &address)))
        return false;
    second_address(rest, &address);
    const size_t after = (size_t)(address.p + address.n - p->text.p);
    struct found *f = note(p, SHAPE_LINE, address, at, after);
    if (f)
        f->indent = indent;
    return f != NULL;
}

/* The words in front of an address, on its line. */
static str words_before(const struct prose *p, size_t line, size_t at)
{
    const size_t from = at - line > 100 ? at - 100 : line;

    return str_to(str_from(p->lower, from), at - from);
}

/* "label: <addr>": only a bracket or a quote between the two. */
static bool behind_label(str before)
{
    str s = before;

    while (s.n > 0 && strchr("<\"'([ \t=", s.p[s.n - 1]))
        s.n--;
    if (s.n == 0)
        return false;
    const str tail = s.n > 40 ? str_from(s, s.n - 40) : s;
    return words_in(tail, labels) &&
           (s.p[s.n - 1] == ':' || str_ends(s, STR("to")) || str_ends(s, STR("user")) || str_ends(s, STR("address")) ||
            str_ends(s, STR("from")) || str_ends(s, STR("recipient")) || (unsigned char)s.p[s.n - 1] >= 0x80);
}

/* "Whatever label: <address>", and nothing else on the line. */
static bool labelled_alone(str before, str after)
{
    while (before.n > 0 && strchr("<\"'([ \t", before.p[before.n - 1]))
        before.n--;
    while (after.n > 0 && strchr(">\"')] \t.", *after.p))
        after = str_from(after, 1);
    return after.n == 0 && before.n > 3 && before.p[before.n - 1] == ':';
}

/* To the end of the sentence, at most 160 bytes. */
static str sentence_rest(str text)
{
    const str near = str_to(text, 160);
    const size_t stop = words_start(near, ". |.\n|\n\n");

    return stop == STR_NONE || stop < 2 ? near : str_to(near, stop);
}

static enum shape shape_of(const struct prose *p, str line, size_t start, size_t at, size_t end)
{
    const str before = words_before(p, start, at);
    const str lower = str_to(str_from(p->lower, start), line.n);
    const str after = sentence_rest(str_from(p->lower, end));

    if (words_in(before, "rcpt to|expanded from|generated from|generated by"))
        return SHAPE_LABEL;
    if (words_in(before.n > 32 ? str_from(before, before.n - 32) : before, not_recipients) ||
        words_begin(str_trim(lower), "de:|de :|da:|van:|fra:|från:|od:"))
        return SHAPE_NONE;
    if (behind_label(before))
        return SHAPE_LABEL;
    if (words_begin(str_trim(lower), "to:|to :|an:|para:|à :|кому:|宛先|a:"))
        return SHAPE_HEADER;
    if (words_in(before, failures) || words_in(after, failures) || reply_code(str_from(lower, end - start)) ||
        labelled_alone(before, str_from(lower, end - start)))
        return SHAPE_SENTENCE;
    return SHAPE_ALONE;
}

/* "a@example.org, b@example.org and c@example.org" */
static bool goes_with(str between)
{
    for (size_t i = 0; i < between.n; i++)
        if (!strchr(",; <>\"'&and", between.p[i]))
            return false;
    return between.n > 0 && between.n < 10;
}

static void other_shapes(struct prose *p, str line, size_t start)
{
    str rest = line, address;
    enum shape shape = SHAPE_NONE;
    size_t end = 0;

    for (int i = 0; i < 8 && addresses_next(&rest, &address); i++) {
        const size_t at = (size_t)(address.p - p->text.p);
        if (shape == SHAPE_NONE || !goes_with(str_to(str_from(p->text, end), at - end)))
            shape = shape_of(p, line, start, at, at + address.n);
        end = at + address.n;
        if (shape != SHAPE_NONE)
            note(p, shape, address, start, end);
    }
}

/* A line that begins with an address, but behind "a message sent by": the sender's. */
static bool follows_sender(const struct prose *p, size_t line)
{
    str before = str_trim(str_to(p->lower, line));

    before = before.n > 20 ? str_from(before, before.n - 20) : before;
    const size_t newline = str_rfind_char(before, '\n');
    const str last = newline == STR_NONE ? before : str_from(before, newline + 1);
    return words_in(last, "sent by|from:|sender:|reply to|contact|write to|send mail to|to the address|please use");
}

static void find_all(struct prose *p)
{
    str rest = p->text, line;

    while (str_take_line(&rest, &line)) {
        const size_t at = (size_t)(line.p - p->text.p);
        if (str_find_char(line, '@') == STR_NONE)
            continue;
        if (!line_shape(p, line, at))
            other_shapes(p, line, at);
        else if (follows_sender(p, at))
            p->count--;
    }
}

/* X-Failed-Recipients names somebody else. */
static bool others_failed(const struct notice *n)
{
    str rest = n->failed_recipients, address;

    while (addresses_next(&rest, &address))
        if (!ours(n, address))
            return true;
    return false;
}

/* Addresses of our own side and what somebody quoted count only where there is nothing else. */
static void drop_doubtful(struct prose *p)
{
    /* only a mail system tells us that we failed ourselves */
    bool strangers = !gate_says_failed(p->n) || others_failed(p->n);
    bool unquoted = false;

    for (size_t i = 0; i < p->count; i++) {
        strangers = strangers || (!ours(p->n, p->found[i].address) && !addresses_is_daemon(p->found[i].address));
        unquoted = unquoted || (p->found[i].shape != SHAPE_NONE && !p->found[i].quoted);
    }
    for (size_t i = 0; i < p->count; i++) {
        struct found *f = &p->found[i];
        if ((strangers && (ours(p->n, f->address) || addresses_is_daemon(f->address))) || (unquoted && f->quoted))
            f->shape = SHAPE_NONE;
    }
}

static enum shape best_shape(const struct prose *p)
{
    enum shape best = SHAPE_COUNT;

    for (size_t i = 0; i < p->count; i++)
        if (p->found[i].shape != SHAPE_NONE && p->found[i].shape < best)
            best = p->found[i].shape;
    return best;
}

static bool begins_paragraph(const struct prose *p, size_t line)
{
    return line < 2 || (p->text.p[line - 1] == '\n' && str_is_space(p->text.p[line - 2]));
}

/* Named once more in its own reply; with words of its own, under the diagnostics, it is kept. */
static bool named_again(const struct prose *p, const struct found *before, const struct found *f)
{
    return str_eq(before->address, f->address) &&
           !(f->shape == SHAPE_LINE && f->indent <= before->indent && begins_paragraph(p, f->line));
}

/* The only address of a text in whatever language, and the returned headers do not know better. */
static bool stands_alone(struct prose *p)
{
    struct origin o;

    origin_read(p->n, &o);
    str known = p->n->failed_recipients.n ? p->n->failed_recipients : o.to;
    const str only = addresses_only(known, p->n->arena);
    if (only.n && ours(p->n, only))
        known = STR(""); /* a list's own address */
    return p->one && gate_says_failed(p->n) &&
           (known.n == 0 || str_find_nocase(known, p->found[0].address) != STR_NONE);
}

/* The address that stands first decides how far recipients are indented; deeper ones are part of a reply. */
static void choose(struct prose *p, bool known)
{
    size_t indent = STR_NONE, kept = 0;

    drop_doubtful(p);
    const enum shape best = best_shape(p);
    p->one = true;
    for (size_t i = 0; i < p->count; i++) {
        const struct found *f = &p->found[i];
        if (f->shape != best || (best == SHAPE_LINE && indent != STR_NONE && f->indent > indent))
            continue;
        if (kept > 0 && named_again(p, &p->found[kept - 1], f))
            continue;
        indent = f->indent;
        p->found[kept++] = *f;
        p->one = p->one && str_eq(p->found[0].address, f->address);
    }
    /* "Maintenance on Sunday" comes from a postmaster as well */
    const bool certain =
        gate_certain(p->n) && (best <= SHAPE_LABEL || gate_subject_fails(p->n) || gate_speaks_of_ours(p->n));
    const bool doubtful = !known && !certain && (best > SHAPE_LABEL || !words_in(p->lower, failures));
    p->count = best == SHAPE_COUNT || doubtful || (best == SHAPE_ALONE && !stands_alone(p)) ? 0 : kept;
}

/* "(expanded from: <list@example.org>)", "(ultimately generated from ...)": the address we mailed. */
static str mailed_address(const struct prose *p, size_t i)
{
    const size_t from = p->found[i].after, next = i + 1 < p->count ? p->found[i + 1].line : p->text.n;
    const str reason = str_to(str_from(p->text, from), next > from && next - from < 400 ? next - from : 400);
    const str lower = str_to(str_from(p->lower, from), reason.n);
    const size_t at = words_end(lower, "expanded from|generated from|originally addressed to|forwarded from|alias of");
    str rest, address;

    if (at == STR_NONE)
        return STR("");
    rest = str_to(str_from(reason, at), 200);
    if (!addresses_next(&rest, &address))
        return STR("");
    return address_clean(address, p->n->arena);
}

enum returned_kind prose_kind(const struct notice *n)
{
    static const char warnings[] =
        "delay)|delayed|warning: message|warning: could|delivery warning|could not send message for "
        "past|warning--|still being retried|"
        "notification: warning|遅延|verzögert|retard|retraso|ritardo|задерж|opóźnien|vertraagd|延迟";
    static const char bodies[] =
        "has not yet been delivered|this is a warning message only|this is only a temporary failure report|"
        "message will be retried|has been delayed|is delayed for|delivery attempts will continue|has been postponed|"
        "will continue to try to deliver|temporary problem delivering|will retry for|warning only|will be retried "
        "until|still trying to deliver";

    if (words_in(n->lower_subject, warnings) || notice_says(n, bodies))
        return RETURNED_DEFERRAL;
    return RETURNED_BOUNCE;
}

/* Reports of success, of a trial (Postfix: sendmail -bv), or of several fates name each recipient as the others do. */
static bool tells_success(const struct notice *n, str reason)
{
    static const char subjects[] = "successful mail delivery|mail delivery status report|delivered:|relayed:|expanded:|"
                                   "return receipt|delivery notification: delivery has been successful|"
                                   "delivery status notification (success|delivery status notification (relay|"
                                   "zustellbestätigung|delivery confirmation";
    static const char words[] = "delivered|successfully delivered|delivery successful|relayed to|250 ";
    const str lower = arena_lower(n->arena, reason);
    str first = lower;

    while (first.n > 0 && strchr(" .-:\t", *first.p))
        first = str_from(first, 1);
    return (words_begin(words_untagged(n->lower_subject), subjects) || words_begin(first, words)) &&
           reply_code(reason) == 0 && !words_in(lower, failures);
}

static void take_item(struct prose *p, size_t i, enum returned_kind kind)
{
    struct notice *n = p->n;
    const str mailed = mailed_address(p, i), reason = reason_of(p, i);
    struct returned_item *item = notice_fail(n, kind, p->found[i].address, reason);

    if (item && tells_success(n, reason)) {
        item->kind = RETURNED_DELIVERED;
        item->action = STR("delivered");
    }
    if (item && mailed.n)
        item->original_recipient = mailed;
}

static str stretch(const struct notice *n, const struct prose_hints *hints, size_t *from)
{
    const size_t start = hints && hints->start ? words_end(n->lower, hints->start) : 0;
    *from = start == STR_NONE ? 0 : start;
    const str rest = str_from(n->lower, *from);
    const size_t stop = hints && hints->stop ? words_start(rest, hints->stop) : STR_NONE;
    return str_to(rest, stop);
}

bool prose_read(struct notice *n, const struct prose_hints *hints)
{
    struct prose *p = arena_alloc(n->arena, sizeof *p);
    const size_t before = n->count;
    size_t from;

    p->n = n;
    p->lower = stretch(n, hints, &from);
    p->text = str_to(str_from(n->text, from), p->lower.n);
    find_all(p);
    choose(p, hints != NULL);
    const enum returned_kind kind = prose_kind(n);
    for (size_t i = 0; i < p->count; i++)
        take_item(p, i, kind);
    return n->count > before;
}

bool prose_rebuild(struct notice *n)
{
    struct origin o;
    str rest = n->failed_recipients, address;
    const size_t before = n->count;
    const enum returned_kind kind = prose_kind(n);
    const size_t at = words_end(n->lower, "address(es) failed:|addresses failed:|details:|reason:");
    const str reason = str_to(at == STR_NONE ? n->text : str_from(n->text, at), REASON_BYTES);

    while (addresses_next(&rest, &address))
        notice_fail(n, kind, address_clean(address, n->arena), reason);
    if (n->count > before)
        return true;
    origin_read(n, &o);
    address = addresses_only(o.to, n->arena);
    if (address.n == 0)
        address = addresses_only(o.envelope_to, n->arena);
    if (address.n == 0)
        return false;
    notice_fail(n, kind, address, reason);
    return true;
}

#include "bounces/reply.h"

#include "bounces/notice.h"

/* "smtp; 550 ..." (RFC 3464 2.1.2): the type off, when there is one. */
static str without_type(str s)
{
    const size_t semi = str_find_char(str_to(s, 40), ';');

    if (semi == STR_NONE)
        return s;
    str type = str_trim(str_to(s, semi));
    for (size_t i = 0; i < type.n; i++)
        if (!str_is_alpha(type.p[i]) && !str_is_digit(type.p[i]) && type.p[i] != '-' && type.p[i] != '/')
            return s;
    return type.n == 0 || str_is_digit(type.p[0]) ? s : str_trim(str_from(s, semi + 1));
}

/* Blanks and line ends as one blank, control characters gone, cut to what is kept. */
static str unfolded(str raw, struct arena *arena)
{
    char *to = arena_alloc(arena, (raw.n < NOTICE_DIAGNOSTIC ? raw.n : NOTICE_DIAGNOSTIC) + 1);
    str out = {to, 0};

    for (size_t i = 0; i < raw.n && out.n < NOTICE_DIAGNOSTIC; i++) {
        const unsigned char c = (unsigned char)raw.p[i];
        if (c > ' ' && c != 0x7f)
            to[out.n++] = (char)c;
        else if (out.n > 0 && to[out.n - 1] != ' ')
            to[out.n++] = ' ';
    }
    while (out.n == NOTICE_DIAGNOSTIC && out.n > 0 && ((unsigned char)to[out.n - 1] & 0xc0) == 0x80)
        out.n--; /* a character cut in two goes whole */
    if (out.n && (unsigned char)to[out.n - 1] >= 0xc0)
        out.n--;
    return str_trim(out);
}

static bool is_code(str s)
{
    return s.n >= 3 && s.p[0] >= '2' && s.p[0] <= '5' && s.p[1] >= '0' && s.p[1] <= '7' && str_is_digit(s.p[2]) &&
           (s.n == 3 || !str_is_digit(s.p[3]));
}

/* "550-5.1.1 " or "550 " at the front of s. */
struct code {
    size_t length; /* 0: there is none */
    struct esc status;
    size_t status_length;
};

static struct code code_at(str s)
{
    struct code code = {0};
    str rest;

    if (!is_code(s) || s.n < 5 || (s.p[3] != '-' && s.p[3] != ' '))
        return code;
    code.length = 4;
    rest = str_skip_blanks(str_from(s, 4));
    const str before = rest;
    if (esc_take(&rest, &code.status))
        code.status_length = before.n - rest.n;
    code.length = s.n - before.n;
    return code;
}

/*
 * "550-5.1.1 a 550-5.1.1 b 550 5.1.1 c" is one reply: the code of the first line stays, those of
 * the others go, if they are the first one's again. A status said for the first time stays.
 */
static str without_repeats(str s, struct arena *arena)
{
    char *to = arena_alloc(arena, s.n + 1);
    size_t n = 0;
    str first = {"", 0};
    struct esc status = {0};
    bool many = false; /* "550-": more lines follow */

    for (size_t at = 0; at < s.n;) {
        const str here = str_from(s, at);
        const struct code code = at == 0 || s.p[at - 1] == ' ' ? code_at(here) : (struct code){0};
        const bool again =
            many || (code.length && here.p[3] == '-') || (code.status_length && esc_eq(code.status, status));
        if (code.length && first.n && str_starts(here, first) && (again || n == 4)) {
            at += code.length + (esc_eq(code.status, status) ? code.status_length : 0);
            status = code.status.class ? code.status : status;
        } else if (code.length && first.n == 0) {
            first = str_to(here, 3);
            status = code.status;
            many = here.p[3] == '-';
            memcpy(to + n, first.p, 3);
            to[n + 3] = ' ';
            n += 4;
            at += 4;
        } else {
            to[n++] = s.p[at++];
        }
    }
    return str_trim((str){to, n});
}

str reply_clean(str raw, struct arena *arena)
{
    return without_repeats(without_type(unfolded(raw, arena)), arena);
}

/* "Message expired.<421 4.4.2 Connection timed out>": the reply inside is the one that counts. */
static str innermost(str text)
{
    size_t at = str_rfind_char(text, '<');

    if (at == STR_NONE || text.n - at < 6)
        return text;
    const str inside = str_from(text, at + 1);
    return is_code(inside) && (inside.p[3] == ' ' || inside.p[3] == '-') ? inside : text;
}

static bool may_precede_code(str text, size_t i)
{
    const char before = i ? text.p[i - 1] : ' ';

    if (before == ':')
        return i > 1 && text.p[i - 2] == ' '; /* "ERROR_CODE :550" */
    if (before == '-')
        return i > 1 && text.p[i - 2] == ' ';
    return !str_is_digit(before) && !str_is_alpha(before) && !strchr("./@=+_", before);
}

int reply_code(str whole)
{
    const str text = innermost(whole);

    for (size_t i = 0; i + 3 <= text.n; i++) {
        const str here = str_from(text, i);
        const char after = here.n > 3 ? here.p[3] : ' ';
        if (!str_is_digit(*here.p) || !is_code(here) || *here.p == '3' || *here.p == '2')
            continue;
        if (!may_precede_code(text, i))
            continue;
        if (strchr(" -\t;,:)]'\"#<", after) || (after == '.' && here.n > 4 && here.p[4] == ' ') || here.n == 3)
            return (here.p[0] - '0') * 100 + (here.p[1] - '0') * 10 + (here.p[2] - '0');
    }
    return 0;
}

/* "550-'5.4.1 ...": the status that a reply code announces comes before any other. */
static bool announced_status(str text, struct esc *out)
{
    for (size_t i = 0; i + 9 <= text.n; i++) {
        str rest = str_from(text, i);
        if (!str_is_digit(*rest.p) || !is_code(rest) || *rest.p < '4' || !may_precede_code(text, i))
            continue;
        rest = str_from(rest, 3);
        while (rest.n > 0 && strchr(" -'\"#(:[", *rest.p))
            rest = str_from(rest, 1);
        if (esc_take(&rest, out) && out->class != 2)
            return true;
    }
    return false;
}

struct esc reply_status(str whole)
{
    struct esc best = {0}, code;
    str text = innermost(whole);

    if (announced_status(text, &code) && code.subject + code.detail > 0)
        return code;
    while (text.n >= 5 && esc_find(text, &code)) {
        const size_t at = str_find(text, str_of(esc_text(code, (char[ESC_TEXT]){0})));
        if (code.class != 2 && code.detail + code.subject > 0)
            return code;
        if (code.class != 2 && best.class == 0)
            best = code;
        if (at == STR_NONE)
            break;
        text = str_from(text, at + 5);
    }
    return best;
}

struct esc reply_better_status(struct esc field, struct esc own)
{
    if (own.class == 0 || own.class == 2)
        return field;
    if (field.class == 0 || (field.subject == 0 && field.detail == 0))
        return own;
    return own.subject == 0 && own.detail == 0 ? field : own;
}

/* "in reply to RCPT TO", "after end of data", ">>> MAIL From": the verb behind the words. */
static enum phase phase_at(str rest)
{
    static const char *const leads[] = {"in reply to ", "in response to ", "after pipelined ",
                                        "after ",       "during ",         "while sending ",
                                        ">>> ",         "at stage ",       "did not like our "};

    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        str verb = rest;
        if (!str_take_nocase(&verb, str_of(leads[i])))
            continue;
        str_take_nocase(&verb, STR("the "));
        str_take_nocase(&verb, STR("initial "));
        return phase_of_verb(verb);
    }
    return PHASE_NONE;
}

/* qmail, Yahoo, Postfix: the step in words of their own. */
static enum phase phase_of_words(str text)
{
    static const struct {
        const char *words;
        enum phase phase;
    } steps[] = {{"does not like recipient", PHASE_RCPT},    {"sender was rejected", PHASE_MAIL},
                 {"my name was rejected", PHASE_HELO},       {"after i sent the message", PHASE_BODY},
                 {"failed on data command", PHASE_DATA},     {"refused to talk to me", PHASE_CONNECT},
                 {"[rcpt_to]", PHASE_RCPT},                  {"[mail_from]", PHASE_MAIL},
                 {"response to rcpt", PHASE_RCPT},           {"rcpt to response", PHASE_RCPT}};

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (str_find_nocase(str_to(text, 600), str_of(steps[i].words)) != STR_NONE)
            return steps[i].phase;
    return PHASE_NONE;
}

enum phase reply_phase(str text)
{
    enum phase phase = PHASE_NONE;

    for (size_t i = 0; i < text.n && phase == PHASE_NONE; i++)
        if (strchr("iIaAdDwW>", text.p[i]) && text.p[i] && (i == 0 || strchr(" (\n", text.p[i - 1])))
            phase = phase_at(str_from(text, i));
    return phase == PHASE_NONE ? phase_of_words(text) : phase;
}

static bool host_char(char c)
{
    return str_is_alpha(c) || str_is_digit(c) || c == '.' || c == '-' || c == '_';
}

str reply_host(str text)
{
    static const char *const leads[] = {"host ",      "host: ",      "while talking to ", "Server ",
                                        "domain by ", "connect to ", "contacting "};
    size_t at;

    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        str rest = text;
        while ((at = str_find(rest, str_of(leads[i]))) != STR_NONE) {
            size_t end = 0;
            rest = str_from(rest, at + strlen(leads[i]));
            while (end < rest.n && host_char(rest.p[end]))
                end++;
            while (end > 0 && rest.p[end - 1] == '.')
                end--;
            if (str_find_char(str_to(rest, end), '.') != STR_NONE)
                return str_to(rest, end);
        }
    }
    return STR("");
}

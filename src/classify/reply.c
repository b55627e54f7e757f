#include "classify/reply.h"

#include "base/pairs.h"

/* ---- plain text first: one kind of line end, no control characters, qmail's underscores undone */

static bool is_underscored(str text)
{
    size_t lines = 0;

    if (str_find_char(text, ' ') != STR_NONE)
        return false;
    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '_';
    return lines > 3;
}

/* "\n" as two characters is how Exim's log and our own input files write a line end. */
static bool is_written_newline(str text, size_t i)
{
    return text.p[i] == '\\' && i + 1 < text.n && (text.p[i + 1] == 'n' || text.p[i + 1] == 'r') &&
           !(i > 0 && text.p[i - 1] == '\\');
}

static str plain_text(str text, struct arena *arena)
{
    const bool underscored = is_underscored(text);
    char *out = arena_alloc(arena, text.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        if (is_written_newline(text, i)) {
            out[n++] = text.p[++i] == 'n' ? '\n' : ' ';
        } else if (c == '\n') {
            out[n++] = c;
        } else if (underscored && (c == '_' || (c == '/' && i > 0 && text.p[i - 1] == '.'))) {
            out[n++] = c == '_' ? ' ' : '\n';
        } else {
            out[n++] = (unsigned char)c < 0x20 || c == 0x7f ? ' ' : c;
        }
    }
    return (str){out, n};
}

/* "smtp;", "x-postfix;": the type of a Diagnostic-Code (RFC 3464 2.3.6). */
static str without_type(str text)
{
    const size_t end = str_find_char(text, ';');
    const str type = str_trim(str_to(text, end == STR_NONE ? 0 : end));

    if (type.n == 0 || type.n > 16)
        return text;
    if (str_eq_nocase(type, STR("smtp")) || str_eq_nocase(type, STR("lmtp")) || str_eq_nocase(type, STR("esmtp")) ||
        (str_starts_nocase(type, STR("x-")) && str_find_char(type, ' ') == STR_NONE))
        return str_trim(str_from(text, end + 1));
    return text;
}

/* ---- the step of the dialogue, from the words around the reply */

enum { FROM_VERB = PHASE_COUNT };

static const struct {
    const char *words;
    int phase; /* FROM_VERB: the verb follows; a leading ^: only at the start */
} phase_words[] = {
    {"(in reply to ", FROM_VERB},
    {"remote mail server after ", FROM_VERB},
    {"remote mailer after ", FROM_VERB},
    {"lmtp error after ", FROM_VERB},
    {"while performing the ", FROM_VERB},
    {"while sending ", FROM_VERB},
    {"in response to ", FROM_VERB},
    {">>> ", FROM_VERB},
    {"refused to talk to me", PHASE_CONNECT},
    {"while receiving the initial server greeting", PHASE_CONNECT},
    {"does not like recipient", PHASE_RCPT},
    {"but sender was rejected", PHASE_MAIL},
    {"but my name was rejected", PHASE_HELO},
    {"but greeting failed", PHASE_CONNECT},
    {"failed on data command", PHASE_DATA},
    {"failed after i sent the message", PHASE_BODY},
    {"establish an smtp connection", PHASE_CONNECT},
    {"host or domain name not found", PHASE_CONNECT},
    {"^connect to ", PHASE_CONNECT},
};

/* pairs: of the whole text, here and below */
static enum phase phase_in(str wrapper, const struct pairs *pairs)
{
    for (size_t i = 0; i < sizeof phase_words / sizeof *phase_words; i++) {
        str words = str_of(phase_words[i].words);
        const bool first = str_take_char(&words, '^');
        const size_t found = pairs_may_hold(pairs, words) ? str_find_nocase(wrapper, words) : STR_NONE;
        enum phase phase;

        if (found == STR_NONE || (first && found != 0))
            continue;
        if (phase_words[i].phase != FROM_VERB)
            return (enum phase)phase_words[i].phase;
        phase = phase_of_verb(str_from(wrapper, found + words.n));
        if (phase != PHASE_NONE)
            return phase;
    }
    return PHASE_NONE;
}

/* ---- where the innermost reply begins */

/* 2yz to 5yz with a second digit of RFC 5321 4.2.1 or of the X.7 family; ports look much the same. */
static bool is_code_at(str s, size_t i)
{
    if (i + 3 > s.n || s.p[i] < '4' || s.p[i] > '5' || !str_is_digit(s.p[i + 1]) || !str_is_digit(s.p[i + 2]))
        return false;
    if ((s.p[i + 1] > '5' && s.p[i + 1] != '7') || str_starts(str_from(s, i), STR("443")))
        return false;
    return i + 3 == s.n || s.p[i + 3] == ' ' || s.p[i + 3] == '-' || s.p[i + 3] == '\n';
}

static char opener_before(str s, size_t i)
{
    while (i > 0 && (s.p[i - 1] == ' ' || s.p[i - 1] == '\n'))
        i--;
    if (i > 1 && s.p[i - 1] == '#' && s.p[i - 2] != ' ' && s.p[i - 2] != '<')
        return '\0'; /* the fragment of a URL */
    return i > 0 && strchr(":;'\"(<>=#|", s.p[i - 1]) ? s.p[i - 1] : '\0';
}

/* What stands behind a code at the start of a reply, and seldom behind a number: a status, a name, a capital. */
static bool reads_as_reply(str rest)
{
    struct esc code;
    str copy = str_skip_blanks(rest);

    if (rest.n == 0 || rest.p[0] == '-' || esc_take(&copy, &code))
        return true;
    if (is_code_at(copy, 0)) /* "returned was: 554 554 5.7.1 ..." */
        return true;
    copy = str_skip_blanks(rest);
    return copy.n > 0 && ((copy.p[0] >= 'A' && copy.p[0] <= 'Z') || (unsigned char)copy.p[0] >= 0x80 ||
                          strchr("<#[(\"*'", copy.p[0]) != NULL);
}

static bool introduced(str before)
{
    static const char *const words[] = {"said:", "returned:", "returned '", "<<<", "response:", "smtp;", "replied:", "returned was:", "led="};

    before = str_trim(before);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_ends_nocase(before, str_of(words[i])))
            return true;
    return false;
}

static size_t innermost(str s, const struct pairs *pairs)
{
    size_t best = 0;

    for (size_t i = 1; i + 3 <= s.n; i++)
        if ((s.p[i] == '4' || s.p[i] == '5') && is_code_at(s, i) && opener_before(s, i) &&
            (reads_as_reply(str_from(s, i + 3)) || introduced(str_to(s, i)) || phase_in(str_to(s, i), pairs) != PHASE_NONE))
            best = i;
    return best;
}

static bool says_any(str text, const struct pairs *pairs, const char *const words[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pairs_may_hold(pairs, str_of(words[i])) && str_find_nocase(text, str_of(words[i])) != STR_NONE)
            return true;
    return false;
}
#define SAYS(text, words) says_any(text, pairs, words, sizeof(words) / sizeof *(words))

static const char *const about_sender[] = {"sender verif",      "sender address rejected", "verification failed for",
                                           "sender callback",   "sender callout",          "sender address verification",
                                           "callback verif",    "unable to verify sender", "could not verify sender"};
static const char *const given_up[] = {"message expired",     "delivery time expired",  "retry timeout exceeded",
                                       "in the queue too long", "too long in the queue", "could not be delivered for more than",
                                       "delivery expired",    "delivery timed out",      "retry time not reached"};

/* ---- the ends of wrappers */

static const char *const closers[] = {" (in reply to ", "\n(in reply to ", "};{", "> #SMTP#", "##", "\nGiving up on ",
                                      " Giving up on ", "\nI'm not going to try again", " I'm not going to try again"};

/* Prose bounces go on with the message that came back. */
static str without_copy(str text, const struct pairs *pairs)
{
    static const char *const begins[] = {"original message follow", "copy of the original message", "copy of your message",
                                         "----- original message", "--- below this line is a copy"};

    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        const str begin = str_of(begins[i]);
        const size_t found = pairs_may_hold(pairs, begin) ? str_find_nocase(text, begin) : STR_NONE;
        if (found != STR_NONE && found > 40)
            text = str_to(text, found);
    }
    return text;
}

/* The queue's last words go where the reply decides: for the caller who says so, and for a 5yz, which no waiting made. */
static str without_closers(str text, bool expired, const struct pairs *pairs)
{
    const bool decides = expired || (is_code_at(text, 0) && text.p[0] == '5');
    const size_t count = sizeof closers / sizeof *closers - (decides ? 0 : 2);

    for (size_t i = 0; i < count; i++) {
        const str closer = str_of(closers[i]);
        const size_t found = pairs_may_hold(pairs, closer) ? str_find(text, closer) : STR_NONE;
        if (found != STR_NONE && found > 0)
            text = str_to(text, found);
    }
    return str_trim(text);
}

/* A closing mark whose opening one stood before the reply. */
static str without_pair(str text, char opener)
{
    static const char pairs[][2] = {{'(', ')'}, {'<', '>'}};

    if ((opener == '\'' || opener == '"') && text.n > 0 && text.p[text.n - 1] == opener)
        text.n--;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (text.n > 0 && text.p[text.n - 1] == pairs[i][1] && str_find_char(text, pairs[i][0]) == STR_NONE)
            text.n--;
    return text;
}

/* The queue's own words before the last error: "Delivery time expired, last error: ...". */
static str without_expiry(str text, const struct pairs *pairs)
{
    static const char *const joints[] = {"last error: ", "-> ", "delivery temporarily suspended: "};

    for (size_t i = 0; i < sizeof joints / sizeof *joints; i++) {
        const size_t found = str_find_nocase(text, str_of(joints[i]));
        if (found != STR_NONE && SAYS(str_to(text, found + 1), given_up))
            return str_from(text, found + strlen(joints[i]));
    }
    return text;
}

/* Given up, and nobody ever answered: time is all that ran out. A refusal or a missing route is a cause of its own. */
static bool is_silence(str text)
{
    struct pairs of_text, *const pairs = &of_text; /* its lines were joined: not those of the whole */
    static const char *const waited[] = {"timed out", "timeout"};
    static const char *const whom[] = {"connect", "operation timed out"};

    pairs_of(text, pairs);
    return SAYS(text, waited) && SAYS(text, whom);
}

/* ---- codes at the front, and again on every further line */

static void skip_marks(str *s)
{
    while (s->n > 0 && strchr(" -:#_=\n", s->p[0]) && s->p[0])
        *s = str_from(*s, 1);
}

static bool take_status(str *s, struct esc *out)
{
    str rest = *s;
    const bool bracket = rest.n > 0 && (rest.p[0] == '(' || rest.p[0] == '[');

    if (bracket)
        rest = str_from(rest, 1);
    str_take_char(&rest, '#');
    if (!esc_take(&rest, out))
        return false;
    if (bracket && rest.n > 0 && (rest.p[0] == ')' || rest.p[0] == ']'))
        rest = str_from(rest, 1);
    *s = rest;
    return true;
}

static int take_code(str *s)
{
    int code;

    if (s->n < 3 || s->p[0] < '2' || s->p[0] > '5' || !str_is_digit(s->p[1]) || !str_is_digit(s->p[2]))
        return 0;
    if (s->n > 3 && (str_is_digit(s->p[3]) || str_is_alpha(s->p[3]) || s->p[3] == '.' || s->p[3] == '%' || s->p[3] == '/'))
        return 0;
    code = (s->p[0] - '0') * 100 + (s->p[1] - '0') * 10 + (s->p[2] - '0');
    *s = str_from(*s, 3);
    return code;
}

/* Between lines, or between blanks where the first code was followed by "-" and a relay joined the lines. */
static bool take_repeated(str *rest, int code, bool joined, char gap, struct reply *out)
{
    str copy = *rest;
    struct esc status;

    if (gap != '\n' && !(joined && gap == ' '))
        return false;
    if (take_code(&copy) != code || (copy.n > 0 && copy.p[0] != ' ' && copy.p[0] != '-' && copy.p[0] != '\n'))
        return false;
    skip_marks(&copy);
    if (take_status(&copy, &status) && out->enhanced_status.class == 0)
        out->enhanced_status = status;
    *rest = copy;
    return true;
}

static str join_lines(str text, bool joined, struct reply *out, struct arena *arena)
{
    char *to = arena_alloc(arena, text.n + 1);
    size_t n = 0;
    char gap = '\0';

    while (text.n > 0) {
        if (gap && out->code && take_repeated(&text, out->code, joined, gap, out)) {
            gap = '\0';
            continue;
        }
        gap = text.p[0] == '\n' || text.p[0] == ' ' ? text.p[0] : '\0';
        if (!gap || (n > 0 && to[n - 1] != ' '))
            to[n++] = gap ? ' ' : text.p[0];
        text = str_from(text, 1);
    }
    return str_trim((str){to, n});
}

static void take_codes(str text, struct arena *arena, struct reply *out)
{
    bool joined = false;

    skip_marks(&text);
    out->code = take_code(&text);
    if (out->code) {
        str again;
        joined = text.n > 0 && text.p[0] == '-';
        skip_marks(&text);
        again = text;
        if (take_code(&again) == out->code) { /* said twice, by the server and by the relay */
            text = again;
            skip_marks(&text);
        }
    }
    take_status(&text, &out->enhanced_status);
    if (!out->code && out->enhanced_status.class) { /* "5.1.1 smtp;550 5.1.1 ...": the type stood behind the status */
        text = without_type(text);
        out->code = take_code(&text);
        skip_marks(&text);
        take_status(&text, &out->enhanced_status);
    }
    skip_marks(&text);
    out->text = join_lines(text, joined, out, arena);
    if (out->enhanced_status.class == 0)
        esc_find(out->text, &out->enhanced_status);
}

void reply_read(str text, bool expired, struct arena *arena, struct reply *out)
{
    struct pairs of_text, *const pairs = &of_text;
    size_t begin;
    str inner;

    *out = (struct reply){.text = {"", 0}};
    text = plain_text(str_to(text, REPLY_MAX), arena);
    pairs_of(text, pairs);
    text = without_type(str_trim(without_copy(text, pairs)));
    if (expired)
        text = without_expiry(text, pairs);
    begin = innermost(text, pairs);
    if (begin && (SAYS(str_to(text, begin), about_sender) || (!expired && SAYS(str_to(text, begin), given_up))))
        begin = 0;
    out->phase = phase_in(text, pairs);
    inner = without_closers(str_from(text, begin), expired, pairs);
    if (begin)
        inner = without_pair(inner, opener_before(text, begin));
    take_codes(inner, arena, out);
    if (expired && out->code == 0 && is_silence(out->text))
        out->text = arena_join(arena, STR("Delivery time expired, last error: "), out->text);
}

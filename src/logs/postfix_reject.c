#include "logs/postfix.h"
#include "logs/replies.h"

/* What follows the reply: "from=<s> to=<r> proto=ESMTP helo=<h>", with commas between at postscreen. */
struct door_fields {
    bool has_sender;
    str sender, recipient;
};

static bool take_field(str *in, const char *head, str *address)
{
    static const char *const next[] = {"", " to=<", ", to=<", " proto=", ", proto=", " helo=<", ", helo=<", ": ", NULL};
    str rest = *in;

    str_take_char(&rest, ',');
    str_take_char(&rest, ' ');
    if (!str_take(&rest, str_of(head)) || !postfix_take_address(&rest, next, address))
        return false;
    *in = rest;
    return true;
}

static struct door_fields take_fields(str *in)
{
    struct door_fields f = {0};

    f.has_sender = take_field(in, "from=<", &f.sender);
    take_field(in, "to=<", &f.recipient);
    return f;
}

/* Behind "<": the place of its ">", past a quoted local part; the end when there is none. */
static size_t skip_brackets(str in, size_t i)
{
    bool quoted = false;

    for (; i < in.n && (quoted || in.p[i] != '>'); i++) {
        if (in.p[i] == '\\')
            i++;
        else if (in.p[i] == '"')
            quoted = !quoted;
    }
    return i;
}

static bool fields_begin(str rest)
{
    return str_starts(rest, STR("; from=<")) || str_starts(rest, STR("; to=<")) || str_starts(rest, STR("; proto="));
}

/* Whether fields go on as smtpd and postscreen write them, "from=<s> to=<r> proto=", or the logger cut them. */
static bool fields_fit(str rest)
{
    take_fields(&rest);
    str_take_char(&rest, ',');
    str_take_char(&rest, ' ');
    return rest.n == 0 || str_starts(rest, STR("proto="));
}

/*
 * Where the fields begin: not inside of the <address> that the reply repeats, which the client chose, and not in
 * the words of another server that was asked about it.
 */
static size_t find_fields(str text, bool mind_brackets)
{
    size_t first = STR_NONE;

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '<' && mind_brackets) {
            i = skip_brackets(text, i + 1);
        } else if (text.p[i] == ';' && fields_begin(str_from(text, i))) {
            if (fields_fit(str_from(text, i + 2)))
                return i;
            first = first == STR_NONE ? i : first;
        }
    }
    return first;
}

static enum line_result rejected(const struct postfix_line *pl, struct log_sink *sink, struct door_fields f, str reply)
{
    struct log_event *e = postfix_event(pl, sink, LOG_REJECTED);
    str rest = reply;

    e->has_sender = f.has_sender;
    e->envelope_sender = f.sender;
    e->recipient = f.recipient;
    e->reply = reply;
    if (logged_code(reply))
        rest = str_from(reply, 4);
    esc_take(&rest, &e->enhanced_status);
    /* "all server ports busy" of postscreen has no code: it is a 421. */
    e->temporary = logged_code(reply) ? reply.p[0] == '4' : e->enhanced_status.class != 5;
    return LINE_EVENT;
}

static enum line_result removed(const struct postfix_line *pl, struct log_sink *sink)
{
    if (pl->queue_id.n == 0)
        return LINE_KNOWN;
    postfix_event(pl, sink, LOG_REMOVED);
    return LINE_EVENT;
}

/* "RCPT from name[ip]: 550 5.1.1 text; from=<s> to=<r> proto=ESMTP helo=<h>" behind the action. */
static enum line_result stage_line(const struct postfix_line *pl, str text, struct log_sink *sink)
{
    str stage, host = {text.p, 0}, ip = host, reply;
    uint16_t port;
    size_t n = 0;

    while (n < text.n && text.p[n] != ' ' && text.p[n] != ':')
        n++;
    stage = str_to(text, n);
    text = str_from(text, n);
    if (str_take(&text, STR(" from ")) && !host_take(&text, &host, &ip, &port))
        return LINE_KNOWN;
    if (!str_take(&text, STR(": ")))
        return LINE_KNOWN;
    size_t at = find_fields(text, true);
    if (at == STR_NONE)
        at = find_fields(text, false);
    reply = str_to(text, at);
    text = at == STR_NONE ? str_from(text, text.n) : str_from(text, at + 2);
    const struct door_fields f = take_fields(&text);
    const bool whole_message = str_eq(stage, STR("END-OF-MESSAGE")) || str_eq(stage, STR("DATA"));
    if (str_eq(stage, STR("VRFY")) || str_eq(stage, STR("ETRN")))
        return LINE_KNOWN; /* questions, no mail */
    if (f.recipient.n == 0 && !str_eq(stage, STR("CONNECT")) && !(whole_message && pl->queue_id.n > 0))
        return LINE_KNOWN; /* a greeting or a sender refused: no recipient was named */
    struct postfix_line closing = *pl;
    if (!whole_message) /* another recipient of this message may have been taken */
        closing.queue_id.n = 0;
    rejected(&closing, sink, f, reply);
    struct log_event *e = &sink->events[sink->count - 1];
    e->client_host = host;
    e->client_ip = ip;
    e->phase = whole_message ? PHASE_BODY : phase_of_verb(stage);
    return LINE_EVENT;
}

enum line_result postfix_smtpd_reject(const struct postfix_line *pl, struct log_sink *sink)
{
    str text = pl->text;

    if (str_take(&text, STR("reject: ")) || str_take(&text, STR("milter-reject: ")) ||
        str_take(&text, STR("proxy-reject: ")))
        return stage_line(pl, text, sink);
    if (str_starts(text, STR("discard: ")) || str_starts(text, STR("milter-discard: ")))
        return removed(pl, sink);
    return LINE_KNOWN;
}

/*
 * "header Subject: ANYTHING from name[ip]; from=<s> to=<r> proto=ESMTP helo=<h>: 5.7.1 text". The header
 * may forge all of it, so the fields are the last ones of the line.
 */
static enum line_result content_line(const struct postfix_line *pl, str text, struct log_sink *sink)
{
    const str mark = STR("; from=<");
    size_t at = STR_NONE;
    struct door_fields f = {0};
    str host = str_to(text, 0), ip = host;
    uint16_t port;

    for (size_t next = 0, found; (found = str_find(str_from(text, next), mark)) != STR_NONE; next = at + 1)
        at = next + found;
    str client = str_to(text, at == STR_NONE ? 0 : at); /* it ends in " from name[ip]" */
    const size_t blank = str_rfind_char(client, ' ');
    client = blank == STR_NONE ? str_to(client, 0) : str_from(client, blank + 1);
    host_take(&client, &host, &ip, &port);
    text = at == STR_NONE ? str_from(text, text.n) : str_from(text, at + 2);
    f = take_fields(&text);
    size_t reply = str_find(text, STR(">: "));
    if (reply == STR_NONE)
        reply = str_find(text, STR(": "));
    rejected(pl, sink, f, reply == STR_NONE ? str_to(text, 0) : str_from(text, reply + (text.p[reply] == '>' ? 3 : 2)));
    struct log_event *e = &sink->events[sink->count - 1];
    e->phase = PHASE_BODY;
    e->client_host = host;
    e->client_ip = ip;
    return LINE_EVENT;
}

enum line_result postfix_cleanup_reject(const struct postfix_line *pl, struct log_sink *sink)
{
    str text = pl->text;

    if (str_take(&text, STR("milter-reject: ")))
        return stage_line(pl, text, sink);
    if (str_take(&text, STR("reject: ")) || str_take(&text, STR("milter-header-reject: ")))
        return content_line(pl, text, sink);
    if (str_starts(text, STR("discard: ")) || str_starts(text, STR("milter-discard: ")) ||
        str_starts(text, STR("milter-header-discard: ")))
        return removed(pl, sink);
    return LINE_KNOWN;
}

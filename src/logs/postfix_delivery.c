#include "logs/postfix.h"
#include "logs/replies.h"

static const char *const behind_to[] = {", relay=", ", orig_to=<", NULL};
static const char *const behind_orig_to[] = {", relay=", NULL};

/* ---- texts of smtp(8) and lmtp(8): smtp/smtp_trouble.c, smtp/smtp_connect.c */

static const struct {
    const char *text;
    enum phase phase;
} steps[] = { /* behind "while": the states of smtp/smtp_proto.c */
    {"receiving the initial server greeting", PHASE_CONNECT},
    {"performing the EHLO handshake", PHASE_HELO},
    {"performing the HELO handshake", PHASE_HELO},
    {"performing the LHLO handshake", PHASE_HELO},
    {"sending the STARTTLS command", PHASE_STARTTLS},
    {"performing the TLS handshake", PHASE_STARTTLS},
    {"performing the SASL", PHASE_AUTH},
    {"sending XFORWARD", PHASE_MAIL},
    {"sending MAIL FROM", PHASE_MAIL},
    {"sending RCPT TO", PHASE_RCPT},
    {"receiving the STARTTLS response", PHASE_STARTTLS},
    {"sending DATA command", PHASE_DATA},
    {"sending message body", PHASE_BODY},
    {"sending end of data", PHASE_BODY},
    {"sending final \".\"", PHASE_BODY},
    {"sending BDAT", PHASE_BODY},
}, troubles[] = { /* texts that begin with no host */
    {"Host or domain name not found", PHASE_CONNECT},
    {"Domain ", PHASE_CONNECT},          /* "D does not accept mail (nullMX)" */
    {"unable to look up host", PHASE_CONNECT},
    {"unable to find primary relay", PHASE_CONNECT},
    {"no MX host for", PHASE_CONNECT},
    {"address not listed", PHASE_CONNECT},
    {"message size ", PHASE_MAIL},       /* the SIZE extension, RFC 1870 */
    {"SMTPUTF8 is required", PHASE_MAIL},
    {"TLS is required", PHASE_STARTTLS},
    {"Cannot start TLS", PHASE_STARTTLS},
    {"Server certificate", PHASE_STARTTLS},
    {"TLSA lookup error", PHASE_STARTTLS},
    {"no TLSA records", PHASE_STARTTLS},
    {"Sender requested REQUIRETLS", PHASE_STARTTLS},
    {"REQUIRETLS", PHASE_STARTTLS},
    {"non DNSSEC destination", PHASE_STARTTLS},
    {"SASL authentication failed", PHASE_AUTH},
};

static enum phase phase_of_step(str text)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (str_starts(text, str_of(steps[i].text)))
            return steps[i].phase;
    return PHASE_NONE;
}

static enum phase phase_of_trouble(str text)
{
    for (size_t i = 0; i < sizeof troubles / sizeof *troubles; i++)
        if (str_starts(text, str_of(troubles[i].text)))
            return troubles[i].phase;
    return PHASE_QUEUE;
}

/* "... (in reply to RCPT TO command)": ours stands at the very end, whatever the reply says before. */
static enum phase phase_of_command(str reply)
{
    const str mark = STR(" (in reply to ");
    const str tail = STR(" command)");
    size_t at = reply.n;

    if (!str_ends(reply, tail))
        return PHASE_NONE;
    while ((at = str_rfind_char(str_to(reply, at), '(')) != STR_NONE)
        if (at > 0 && str_starts(str_from(reply, at - 1), mark))
            return phase_of_verb(str_from(reply, at - 1 + mark.n));
    return PHASE_NONE;
}

static enum phase phase_behind_host(str rest, str reply)
{
    str piece;

    if (str_starts(rest, STR(" said: ")))
        return phase_of_command(reply);
    if (str_starts(rest, STR(" refused to talk to me: ")))
        return PHASE_CONNECT;
    if (str_take(&rest, STR(" while ")) || str_take(&rest, STR(" timed out while ")))
        return phase_of_step(rest);
    if (str_take_until_text(&rest, STR(" while "), &piece))
        return phase_of_step(rest);
    return PHASE_CONNECT; /* "connect to H:25: Connection refused" */
}

static bool take_trouble_head(str *text)
{
    return str_take(text, STR("host ")) || str_take(text, STR("lost connection with ")) ||
           str_take(text, STR("conversation with ")) || str_take(text, STR("connect to ")) ||
           str_take(text, STR("SASL authentication failed; server ")) ||
           str_take(text, STR("SASL authentication failed; cannot authenticate to server "));
}

bool postfix_is_trouble(str text)
{
    return take_trouble_head(&text) || phase_of_trouble(text) != PHASE_QUEUE;
}

void postfix_reply(struct log_event *e, str reply)
{
    const bool auth = str_starts(reply, STR("SASL "));
    str rest = reply, host, ip, said;
    uint16_t port;

    e->reply = reply;
    if (!take_trouble_head(&rest) || !host_take(&rest, &host, &ip, &port)) {
        e->phase = phase_of_trouble(reply);
        return;
    }
    e->phase = auth ? PHASE_AUTH : phase_behind_host(rest, reply);
    said = rest;
    if (e->enhanced_status.class == 0 &&
        (str_take(&said, STR(" said: ")) || str_take(&said, STR(" refused to talk to me: "))) && logged_code(said)) {
        said = str_from(said, 4);
        esc_take(&said, &e->enhanced_status);
    }
    if (e->remote_host.n == 0) {
        e->remote_host = host;
        e->remote_ip = ip;
        e->remote_port = port;
    }
}

/* ---- the delivery line: global/log_adhoc.c */

static void read_delays(struct log_event *e, str value)
{
    int32_t *const parts[] = {&e->delay_queue_ms, &e->delay_active_ms, &e->delay_connect_ms, &e->delay_send_ms};
    str piece;

    for (size_t i = 0; i < 4 && str_take_field(&value, '/', &piece); i++)
        *parts[i] = delay_of_seconds(piece);
}

static void read_relay(struct log_event *e, str value)
{
    if (value.n > 1 && value.p[value.n - 1] == ']' && str_find_char(value, '/') != STR_NONE)
        e->transport = TRANSPORT_LOCAL; /* "mx1[private/dovecot-lmtp]": a socket of this machine */
    if (!host_take(&value, &e->remote_host, &e->remote_ip, &e->remote_port))
        e->remote_host = e->remote_ip = str_to(value, 0); /* none, local, virtual, a pipe service */
}

/* "may", "dane/requiretls", "may:none": the level that was reached is behind the colon. */
static void read_tls(struct log_event *e, str value)
{
    str initial, level = value;

    if (str_take_until(&value, ':', &initial))
        level = value;
    if (str_starts(level, STR("none")))
        e->tls = TLS_NONE;
}

static void read_field(struct log_event *e, str key, str value)
{
    switch (key.p[0]) {
    case 'r':
        if (str_eq(key, STR("relay")))
            read_relay(e, value);
        break;
    case 'd':
        if (str_eq(key, STR("delay")))
            e->delay_ms = delay_of_seconds(value);
        else if (str_eq(key, STR("delays")))
            read_delays(e, value);
        else if (str_eq(key, STR("dsn")))
            esc_take(&value, &e->enhanced_status);
        break;
    case 't':
        if (str_eq(key, STR("tls")))
            read_tls(e, value);
        break;
    default: /* conn_use, and what later versions add */
        break;
    }
}

/* Takes ", key=value"; the value ends in front of the next ", ". */
static bool take_field(str *in, str *key, str *value)
{
    const char *p = in->p, *const end = p + in->n;

    if (in->n < 4 || p[0] != ',' || p[1] != ' ')
        return false;
    p += 2;
    key->p = p;
    while (p < end && ((*p >= 'a' && *p <= 'z') || *p == '_'))
        p++;
    key->n = (size_t)(p - key->p);
    if (key->n == 0 || p == end || *p != '=')
        return false;
    value->p = ++p;
    do {
        p = memchr(p, ',', (size_t)(end - p));
    } while (p && p + 1 < end && p[1] != ' ' && p++);
    if (!p)
        p = end;
    value->n = (size_t)(p - value->p);
    *in = (str){p, (size_t)(end - p)};
    return true;
}

static const struct {
    const char *word;
    enum log_status status;
    bool probe;
} statuses[] = {
    {"sent", STATUS_SENT, false},        {"deferred", STATUS_DEFERRED, false},
    {"bounced", STATUS_BOUNCED, false},  {"SOFTBOUNCE", STATUS_DEFERRED, false}, /* soft_bounce = yes before 2.6 */
    {"deliverable", STATUS_SENT, true},  {"undeliverable", STATUS_BOUNCED, true},
    {"expired", STATUS_EXPIRED, false},
};

/* Behind "status=". A line that the logger cut ends before its ")". */
static bool read_status(struct log_event *e, str text, str *reply)
{
    size_t n = 0;

    while (n < text.n && str_is_alpha(text.p[n]))
        n++;
    const str word = str_to(text, n);
    if (str_starts(str_from(text, n), STR("-but-not-cached"))) /* verify(8) could not keep the answer */
        n += strlen("-but-not-cached");
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (str_eq(word, str_of(statuses[i].word))) {
            e->status = statuses[i].status;
            e->probe = statuses[i].probe;
        }
    if (e->status == STATUS_NONE)
        return false;
    str rest = str_from(text, n);
    if (!str_take(&rest, STR(" (")) && rest.n > 0 && !str_eq(rest, STR(" ")))
        return false;
    while (rest.n > 0 && rest.p[rest.n - 1] == ' ')
        rest.n--;
    e->truncated = rest.n == 0 || rest.p[rest.n - 1] != ')';
    *reply = e->truncated ? rest : str_to(rest, rest.n - 1);
    return true;
}

static void finish(struct log_event *e, str reply)
{
    e->suspended = str_take(&reply, STR("delivery temporarily suspended: "));
    if (e->suspended && e->transport == TRANSPORT_ERROR)
        e->transport = TRANSPORT_REMOTE; /* error(8) speaks for smtp(8) here */
    if (e->status != STATUS_SENT) {
        postfix_reply(e, reply);
        if (e->probe && e->enhanced_status.class == 4)
            e->status = STATUS_DEFERRED;
        return;
    }
    e->reply = reply;
    if (e->transport == TRANSPORT_LOCAL && str_take(&reply, STR("forwarded as ")))
        e->next_queue_id = reply;
    else
        e->next_queue_id = reply_queue_id(reply);
}

static bool read_line(struct log_event *e, str text)
{
    str key, value, reply;

    if (!postfix_take_address(&text, behind_to, &e->recipient))
        return false;
    if (str_take(&text, STR(", orig_to=<")) && !postfix_take_address(&text, behind_orig_to, &e->original_recipient))
        return false;
    while (!str_starts(text, STR(", status=")))
        if (!take_field(&text, &key, &value))
            return false;
        else
            read_field(e, key, value);
    if (!read_status(e, str_from(text, 9), &reply))
        return false;
    finish(e, reply);
    return true;
}

enum line_result postfix_delivery(const struct postfix_line *pl, str text, struct log_sink *sink)
{
    struct log_event *e = postfix_event(pl, sink, LOG_ATTEMPT);

    e->transport = pl->transport;
    if (read_line(e, text))
        return LINE_EVENT;
    sink->count--;
    return LINE_UNREAD;
}

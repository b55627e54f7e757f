#include "logs/exim.h"
#include "logs/replies.h"

/* ---- fields */

/* A value in quotes; inner quotes and backslashes are escaped with "\". */
static str take_quoted(str *in)
{
    size_t n = 1;

    while (n < in->n && in->p[n] != '"')
        n += in->p[n] == '\\' ? 2 : 1;
    const size_t end = n < in->n ? n : in->n;
    const str value = {in->p + 1, end > 0 ? end - 1 : 0};
    *in = str_from(*in, end + 1);
    return value;
}

/* A bare value ends at a blank; a ":" at its end begins the message. */
static str take_bare(str *in)
{
    size_t n = 0;

    while (n < in->n && in->p[n] != ' ')
        n++;
    if (n > 0 && in->p[n - 1] == ':')
        n--;
    const str value = str_to(*in, n);
    *in = str_from(*in, n);
    return value;
}

static str take_value(str *in)
{
    return in->n > 0 && in->p[0] == '"' ? take_quoted(in) : take_bare(in);
}

/* "<a@b>", with a quoted local part perhaps, or bare. */
static str take_bracketed(str *in)
{
    str rest = *in;

    if (!str_take_char(&rest, '<'))
        return take_bare(in);
    size_t n = 0;
    if (rest.n > 0 && rest.p[0] == '"')
        for (n = 1; n < rest.n && rest.p[n] != '"';)
            n += rest.p[n] == '\\' ? 2 : 1;
    while (n < rest.n && rest.p[n] != '>')
        n++;
    const str value = str_to(rest, n);
    *in = str_from(rest, n + 1);
    return value;
}

/* Behind "H=": "name (helo) [ip]:port*"; name or helo may be missing, helo may be "[ip]" itself. */
static void take_host(str *in, struct exim_fields *f)
{
    str rest = *in, ip;
    size_t n = 0;
    uint64_t port;

    while (n < rest.n && rest.p[n] != ' ' && rest.p[n] != '(' && rest.p[n] != '[')
        n++;
    f->host = str_to(rest, n);
    f->has_host = true;
    rest = str_skip_blanks(str_from(rest, n));
    if (str_take_char(&rest, '(') && !str_take_until(&rest, ')', &ip)) {
        *in = rest;
        return;
    }
    rest = str_skip_blanks(rest);
    if (str_take_char(&rest, '[') && str_take_until(&rest, ']', &ip)) {
        f->ip = str_to(ip, ip.n > 0 && ip.p[0] == '/' ? 0 : ip.n); /* a socket of this machine has none */
        str behind = rest;
        if (str_take_char(&behind, ':') && str_take_u64(&behind, &port) && port <= UINT16_MAX) {
            f->port = (uint16_t)port;
            rest = behind;
        }
        while (rest.n > 0 && rest.p[0] == '*') /* a reused connection */
            rest = str_from(rest, 1);
    }
    *in = rest;
}

static void take_numbers(str *in, str key, struct exim_fields *f)
{
    str value = take_bare(in);
    uint64_t n;

    if (str_eq(key, STR("S")) && f->size_bytes < 0 && str_take_u64(&value, &n) && n <= INT64_MAX)
        f->size_bytes = (int64_t)n;
    else if (str_eq(key, STR("QT")))
        f->queue_ms = delay_of_units(value);
    else if (str_eq(key, STR("DT")))
        f->delivery_ms = delay_of_units(value);
}

#define AT(member) offsetof(struct exim_fields, member)
static const struct {
    const char *key;
    size_t at;
} texts[] = {
    {"U", AT(user)},      {"A", AT(authenticated)}, {"id", AT(message_id)}, {"X", AT(tls)},
    {"CV", AT(verified)}, {"R", AT(router)},        {"T", AT(transport)},   {"C", AT(confirmation)},
    {"I", AT(interface)}, {"P", AT(protocol)},
};
#undef AT

/* The first of two counts: what stands behind a subject or a Message-ID may be the sender's. */
static void keep_text(struct exim_fields *f, str key, str value)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (str_eq(key, str_of(texts[i].key))) {
            str *field = (str *)((char *)f + texts[i].at);
            if (field->p == NULL)
                *field = value;
        }
}

static void take_named(str *in, str key, struct exim_fields *f)
{
    if (str_eq(key, STR("H"))) {
        take_host(in, f);
    } else if (str_eq(key, STR("F")) || (str_eq(key, STR("P")) && in->n > 0 && in->p[0] == '<')) {
        const str sender = take_bracketed(in);
        if (!f->has_sender) /* F= comes first; P= is the return path, which a transport may have rewritten */
            f->sender = sender;
        f->has_sender = true;
    } else if (str_eq(key, STR("S")) || str_eq(key, STR("QT")) || str_eq(key, STR("DT"))) {
        take_numbers(in, key, f);
    } else {
        keep_text(f, key, take_value(in));
        if (str_eq(key, STR("ST")) && str_starts(*in, STR(" ("))) /* a shadow transport that failed says why */
            str_take_until_text(in, STR(")"), &key);
    }
}

/* Letters that stand alone: L pipelining, K chunking, and their kin, with "*", "." or "/" behind them. */
static bool take_flag(str *in)
{
    static const char *const flags[] = {"L", "K", "TFO", "PRDR", "DS", "ORIG", "*", "TLS", "AUTH"};
    str rest = *in;

    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        rest = *in;
        if (!str_take(&rest, str_of(flags[i])))
            continue;
        while (rest.n > 0 && (rest.p[0] == '*' || rest.p[0] == '.' || rest.p[0] == '/' || rest.p[0] == '-'))
            rest = str_from(rest, 1);
        if (rest.n == 0 || rest.p[0] == ' ' || rest.p[0] == ':') {
            *in = rest;
            return true;
        }
    }
    return false;
}

/* "defer (-44)", "defer (111): Connection refused": the text of a system error goes on to the next field. */
static bool take_defer(str *in, struct exim_fields *f)
{
    str rest = *in, number;
    uint64_t n;

    if (!str_take(&rest, STR("defer (")) || !str_take_until(&rest, ')', &number))
        return false;
    f->deferred = true;
    const bool negative = str_take_char(&number, '-');
    if (str_take_u64(&number, &n) && n < 100000)
        f->error = negative ? -(int64_t)n : (int64_t)n;
    else
        f->error = 1; /* the test suite writes "defer (dd)" */
    if (f->error > 0 && str_take(&rest, STR(": "))) {
        size_t at = str_find(rest, STR(" H="));
        const size_t time = str_find(rest, STR(" DT="));
        at = time < at ? time : at;
        f->error_text = str_to(rest, at);
        rest = at == STR_NONE ? str_from(rest, rest.n) : str_from(rest, at);
    }
    *in = rest;
    return true;
}

/* The key of "K=value": short, letters and digits. */
static size_t key_length(str in)
{
    size_t n = 0;

    while (n < in.n && n < 6 && (str_is_alpha(in.p[n]) || str_is_digit(in.p[n])))
        n++;
    return n > 0 && n < in.n && in.p[n] == '=' ? n : 0;
}

void exim_take_fields(str *in, struct exim_fields *f)
{
    for (;;) {
        str rest = str_skip_blanks(*in);
        const size_t n = key_length(rest);
        if (n > 0) {
            const str key = str_to(rest, n);
            rest = str_from(rest, n + 1);
            take_named(&rest, key, f);
        } else if (!take_defer(&rest, f) && !take_flag(&rest) && !str_take(&rest, STR("routing "))) {
            return;
        }
        *in = rest;
    }
}

/* X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=yes */
void exim_set_tls(struct log_event *e, const struct exim_fields *f)
{
    str rest = f->tls;

    if (rest.n == 0)
        return;
    if (!str_take_until(&rest, ':', &e->tls_version))
        e->tls_version = rest;
    else
        e->cipher = str_to(rest, str_rfind_char(rest, ':'));
    e->tls = str_eq(f->verified, STR("dane"))  ? TLS_VERIFIED
             : str_eq(f->verified, STR("yes")) ? TLS_TRUSTED
                                               : TLS_UNTRUSTED;
}

/* ---- texts */

static const struct {
    const char *text;
    enum phase phase;
    bool command; /* the command follows */
} troubles[] = {
    {"SMTP error from remote mail server after ", PHASE_NONE, true},
    {"SMTP error from remote mailer after ", PHASE_NONE, true}, /* before 4.83 */
    {"LMTP error from remote mail server after ", PHASE_NONE, true},
    {"LMTP error after ", PHASE_NONE, true},
    {"PRDR error after ", PHASE_NONE, true},
    {"Remote host closed connection in response to ", PHASE_NONE, true},
    {"Malformed SMTP reply in response to ", PHASE_NONE, true},
    {"Malformed SMTP reply (an empty line) in response to ", PHASE_NONE, true},
    {"SMTP timeout after ", PHASE_NONE, true},
    {"Connection refused", PHASE_CONNECT, false},
    {"Connection timed out", PHASE_CONNECT, false},
    {"Connection reset by peer", PHASE_CONNECT, false},
    {"Network is unreachable", PHASE_CONNECT, false},
    {"Network Error", PHASE_CONNECT, false},
    {"No route to host", PHASE_CONNECT, false},
    {"Host is unreachable", PHASE_CONNECT, false},
    {"host lookup did not complete", PHASE_CONNECT, false},
    {"host lookup for ", PHASE_CONNECT, false},
    {"lookup of host ", PHASE_CONNECT, false},
    {"all hosts for ", PHASE_CONNECT, false},
    {"all host address lookups failed", PHASE_CONNECT, false},
    {"some host address lookups failed", PHASE_CONNECT, false},
    {"TLS session: ", PHASE_STARTTLS, false},
    {"TLS error", PHASE_STARTTLS, false},
    {"a TLS session is required", PHASE_STARTTLS, false},
    {"DANE error", PHASE_STARTTLS, false},
    {"DANE attempt failed", PHASE_STARTTLS, false},
    {"authentication required", PHASE_AUTH, false},
    {"message is too big", PHASE_MAIL, false},
};

bool exim_is_trouble(str text)
{
    for (size_t i = 0; i < sizeof troubles / sizeof *troubles; i++)
        if (str_starts(text, str_of(troubles[i].text)))
            return true;
    return false;
}

/* "RCPT TO:<a@b> SIZE=1", "end of data", "pipelined MAIL FROM:<a@b>": up to the ": " in front of the reply. */
static str take_command(str *in)
{
    str rest = *in;
    size_t n = 0;
    bool quoted = false, inside = false;

    for (; n < rest.n; n++) {
        const char c = rest.p[n];
        if (c == '\\' && quoted)
            n++;
        else if (c == '"' && inside)
            quoted = !quoted;
        else if (!quoted && (c == '<' || c == '>'))
            inside = c == '<';
        else if (!inside && c == ':' && n + 1 < rest.n && rest.p[n + 1] == ' ')
            break;
    }
    const str command = str_to(rest, n);
    *in = str_from(rest, n + 2);
    return command;
}

/* "mx.example [192.0.2.1]" and what follows it. */
static bool take_named_host(str *in, const char *behind, struct log_event *e)
{
    str rest = *in, host, ip;

    if (!str_take_until_text(&rest, STR(" ["), &host) || str_find_char(host, ' ') != STR_NONE ||
        !str_take_until(&rest, ']', &ip) || !str_take(&rest, str_of(behind)))
        return false;
    if (e->remote_host.n == 0 && e->remote_ip.n == 0) {
        e->remote_host = host;
        e->remote_ip = ip;
    }
    *in = rest;
    return true;
}

/* Texts of older versions name the host inside: they become as those of newer ones, which leave it to H=. */
static const struct {
    const char *head, *behind; /* around "NAME [IP]" */
} old_texts[] = {
    {"Remote host ", " closed connection in response to "},
    {"SMTP timeout while connected to ", " after "},
    {"Malformed SMTP reply from ", " in response to "},
};

static bool take_old_text(str *in, struct log_event *e)
{
    for (size_t i = 0; i < sizeof old_texts / sizeof *old_texts; i++) {
        str rest = *in;
        if (!str_take(&rest, str_of(old_texts[i].head)) || !take_named_host(&rest, old_texts[i].behind, e))
            continue;
        *in = rest;
        return true;
    }
    return false;
}

static enum phase take_phase(str *in)
{
    str command = take_command(in);

    str_take(&command, STR("pipelined "));
    return phase_of_verb(command);
}

void exim_reply(struct log_event *e, str reply)
{
    str rest = reply;

    e->reply = reply;
    e->phase = PHASE_QUEUE;
    str_take(&rest, STR("Connection timed out: ")); /* the system's word for it, the event behind */
    if (take_old_text(&rest, e))
        e->phase = take_phase(&rest);
    else
        rest = reply;
    for (size_t i = 0; i < sizeof troubles / sizeof *troubles && e->phase == PHASE_QUEUE; i++) {
        rest = reply;
        if (!str_take(&rest, str_of(troubles[i].text)))
            continue;
        e->phase = troubles[i].command ? take_phase(&rest) : troubles[i].phase;
        break;
    }
    str said = rest; /* "host mx.example [192.0.2.1]: " stands in front of the reply in older versions */
    if (str_take(&said, STR("host ")) && take_named_host(&said, ": ", e))
        rest = said;
    if (logged_code(rest)) {
        rest = str_from(rest, 4);
        esc_take(&rest, &e->enhanced_status);
    }
}

/* ---- deliveries */

str exim_take_address(str *in)
{
    size_t n = 0;

    if (in->n > 0 && in->p[0] == '"')
        for (n = 1; n < in->n && in->p[n] != '"';)
            n += in->p[n] == '\\' ? 2 : 1;
    if (in->n > 0 && in->p[0] == '|') { /* a command with blanks: it ends in front of its "<address>" */
        const size_t at = str_find(*in, STR(" <"));
        n = at == STR_NONE ? 0 : at;
    }
    while (n < in->n && in->p[n] != ' ')
        n++;
    n = n > in->n ? in->n : n;
    if (n > 0 && in->p[n - 1] == ':' && in->p[0] != ':')
        n--;
    const str address = str_to(*in, n);
    *in = str_from(*in, n);
    return address;
}

static bool is_no_mailbox(str final)
{
    return final.n == 0 || final.p[0] == '/' || final.p[0] == '|' || final.p[0] == ':' || final.p[0] == '>' ||
           str_find_char(final, '@') == STR_NONE;
}

/* "final <original>", "final (parent) <original>": a file, a pipe or a bare local part gives way to the address. */
static void take_addresses(str *in, struct log_event *e)
{
    str rest, parent;

    e->recipient = exim_take_address(in);
    rest = str_skip_blanks(*in);
    while (rest.n > 1 && rest.p[0] == '(' && str_take_until(&rest, ')', &parent))
        rest = str_skip_blanks(rest);
    if (rest.n == 0 || rest.p[0] != '<')
        return;
    const str original = take_bracketed(&rest);
    if (is_no_mailbox(e->recipient))
        e->recipient = original;
    else if (!str_eq_nocase(e->recipient, original))
        e->original_recipient = original;
    *in = rest;
}

/* What only transports of this machine say. */
static bool is_local_text(str text)
{
    static const char *const local[] = {"mailbox is full", "creating lock file", "Child process of", "pipe delivery",
                                        "message is too big (transport limit", "Permission denied",
                                        "failed to create directories", "Failed to expand return path",
                                        "return message generated"};

    for (size_t i = 0; i < sizeof local / sizeof *local; i++)
        if (str_starts(text, str_of(local[i])))
            return true;
    return false;
}

/* macros.h: no host was asked because a retry time was not reached, or the queue holds the address. */
static bool is_no_attempt(const struct exim_fields *f, str reply)
{
    if (f->error == 0)
        return !is_local_text(reply); /* a command that failed has no number either */
    return (f->error <= -52 && f->error >= -58) || str_starts_nocase(reply, STR("retry time not "));
}

static enum transport transport_of(const struct exim_fields *f, enum exim_flag flag, str final, str reply)
{
    if (str_eq(final, STR(":blackhole:")) || str_eq(f->transport, STR("**bypassed**"))) /* /dev/null */
        return TRANSPORT_DISCARD;
    if (str_find_nocase(f->transport, STR("lmtp")) != STR_NONE)
        return TRANSPORT_LOCAL;
    if (f->has_host)
        return TRANSPORT_REMOTE;
    if (final.n > 0 && (final.p[0] == '/' || final.p[0] == '|' || final.p[0] == '>'))
        return TRANSPORT_LOCAL;
    if (flag == EXIM_DELIVERED)
        return TRANSPORT_LOCAL;
    return is_local_text(reply) ? TRANSPORT_LOCAL : TRANSPORT_REMOTE;
}

/* At the end of a failure stand times of ours: " QT=3s DT=0s". */
static str cut_times(str text, struct exim_fields *f)
{
    for (size_t at; (at = str_rfind_char(text, ' ')) != STR_NONE; text = str_to(text, at)) {
        str word = str_from(text, at + 1);
        if (!str_take(&word, STR("DT=")) && !str_take(&word, STR("QT=")))
            break;
        const int32_t ms = delay_of_units(word);
        *(text.p[at + 1] == 'D' ? &f->delivery_ms : &f->queue_ms) = ms;
    }
    return text;
}

/* What is left behind the fields; a system error's text alone when that is all there is. */
static str take_reply(str text, struct exim_fields *f)
{
    text = str_skip_blanks(text);
    if (str_take_char(&text, ':'))
        text = str_skip_blanks(text);
    text = cut_times(text, f);
    return text.n > 0 ? text : f->error_text;
}

/* "SMTP error from remote mail server after RCPT TO:<a@b>: 550 no" */
static bool refuses(str reply)
{
    struct log_event read = {0};
    str rest = reply;

    exim_reply(&read, reply);
    if (read.phase == PHASE_QUEUE)
        return false;
    take_command(&rest);
    return rest.n > 0 && rest.p[0] == '5' && logged_code(rest);
}

static enum log_status status_of(enum exim_flag flag, str *reply)
{
    if (flag == EXIM_DELIVERED)
        return STATUS_SENT;
    if (flag == EXIM_DEFERRED)
        return STATUS_DEFERRED;
    if (str_eq(*reply, STR("retry timeout exceeded"))) {
        reply->n = 0; /* the last deferral said why */
        return STATUS_EXPIRED;
    }
    if (str_starts(*reply, STR("all hosts ")) && str_find(*reply, STR("have been failing for a long time")) != STR_NONE)
        return STATUS_EXPIRED;
    /* Exim's word behind the last deferral; behind a refusal it is the receiver's own. */
    return str_ends(*reply, STR("retry timeout exceeded")) && !refuses(*reply) ? STATUS_EXPIRED : STATUS_BOUNCED;
}

/* The last line of a reply; lines are joined by "\n", written out. */
static str last_line(str reply)
{
    for (size_t at; (at = str_find(reply, STR("\\n"))) != STR_NONE;)
        reply = str_from(reply, at + 2);
    return reply;
}

enum line_result exim_delivery(const struct log_line *line, str id, enum exim_flag flag, str text,
                               struct log_sink *sink)
{
    struct log_event *e = log_sink_add(sink, line, LOG_ATTEMPT);
    struct exim_fields f = {.size_bytes = -1, .queue_ms = -1, .delivery_ms = -1};
    const str final = text.n > 0 && text.p[0] == ':' ? str_to(text, str_find_char(text, ' ')) : text;

    e->queue_id = id;
    take_addresses(&text, e);
    exim_take_fields(&text, &f);
    if (e->recipient.n == 0 || (flag == EXIM_DELIVERED && str_starts(str_skip_blanks(text), STR("(")))) {
        sink->count--; /* "=> blackhole (DATA ACL discarded recipients)" */
        return e->recipient.n ? LINE_KNOWN : LINE_UNREAD;
    }
    str reply = flag == EXIM_DELIVERED ? f.confirmation : take_reply(text, &f);
    e->transport = transport_of(&f, flag, final, reply);
    e->suspended = flag == EXIM_DEFERRED && is_no_attempt(&f, reply);
    e->status = status_of(flag, &reply);
    e->has_sender = f.has_sender;
    e->envelope_sender = f.sender;
    e->remote_host = f.host;
    e->remote_ip = f.ip;
    e->remote_port = f.port;
    exim_reply(e, reply);
    e->delay_ms = f.queue_ms;
    e->delay_send_ms = f.delivery_ms;
    exim_set_tls(e, &f);
    if (flag == EXIM_DELIVERED) {
        e->phase = PHASE_NONE;
        e->next_queue_id = reply_queue_id(last_line(reply));
        if (e->tls == TLS_UNKNOWN && f.has_host && e->transport == TRANSPORT_REMOTE)
            e->tls = TLS_NONE; /* tls_cipher is selected unless someone takes it out */
    }
    return LINE_EVENT;
}

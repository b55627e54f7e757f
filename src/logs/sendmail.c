/*
 * sendmail - sendmail, sm-mta and what is built on it (Proofpoint's half).
 *
 * "ID: key=value, key=value, ..., stat=TEXT". The status is the first digit of dsn=, which stands in front
 * of every text of others; stat= is read only where there is no dsn=. There is no "removed": a life ends
 * with its recipients. TLS and the authenticated user stand on lines of their own, joined by process id.
 *
 * Source  sendmail 8.18 sendmail/deliver.c logdelivery(), sendmail/envelope.c logsender(), sendmail/savemail.c;
 *         op.me 4.1.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "logs/kept.h"
#include "logs/parsers.h"
#include "logs/replies.h"

enum { LOGINS_MAX = 1024, USER_BYTES = 128, PACKED_VERSION = 1 };

struct login { /* the state: by process id, who logged in there last */
    size_t n;
    char user[USER_BYTES];
};

void *sendmail_state_new(void)
{
    return kept_new(sizeof(struct login), LOGINS_MAX, NULL);
}

void sendmail_state_free(void *state)
{
    kept_free(state);
}

static void set_user(struct login *l, str user)
{
    l->n = user.n < USER_BYTES ? user.n : USER_BYTES;
    if (l->n)
        memcpy(l->user, user.p, l->n);
}

static void pack_one(struct buf *out, const void *value)
{
    const struct login *l = value;

    kept_add_text(out, (str){l->user, l->n});
}

static bool unpack_one(str *in, void *value)
{
    str user;

    if (!kept_take_text(in, &user))
        return false;
    set_user(value, user);
    return true;
}

void sendmail_pack(const void *state, struct buf *out)
{
    kept_pack(state, PACKED_VERSION, pack_one, out);
}

void sendmail_unpack(void *state, str packed)
{
    kept_unpack(state, PACKED_VERSION, unpack_one, packed);
}

static const char *const programs[] = {"sendmail", "sm-mta", "sm-msp-queue", "sm-que", "sm-acceptingconnections"};

static bool is_sendmail(str program)
{
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        if (str_starts(program, str_of(programs[i])))
            return true;
    return false;
}

/* Eight characters of time and sequence, then the process id (8.12 and later: at least six digits). */
static size_t id_length(str s)
{
    size_t n = 0, digits = 0;

    while (n < s.n && (str_is_alpha(s.p[n]) || str_is_digit(s.p[n]))) {
        digits = str_is_digit(s.p[n]) ? digits + 1 : 0;
        n++;
    }
    return n >= 12 && n <= 20 && digits >= 4 ? n : 0;
}

static bool take_id(str *in, str *id)
{
    const size_t n = id_length(*in);

    if (n == 0 || !str_starts(str_from(*in, n), STR(": ")))
        return false;
    *id = str_to(*in, n);
    *in = str_from(*in, n + 2);
    return true;
}

/* ---- fields */

struct fields {
    str from, to, ctladdr, size, nrcpts, msgid, relay, auth, delay, xdelay, mailer, dsn, reply, stat;
    str ruleset, arg1, arg2, reject, verify, version, cipher, authid, tls_verify, tls_version;
    bool has_from;
};

#define AT(member) offsetof(struct fields, member)
static const struct {
    const char *key;
    size_t at;
} names[] = {
    {"from", AT(from)},       {"to", AT(to)},         {"ctladdr", AT(ctladdr)}, {"size", AT(size)},
    {"nrcpts", AT(nrcpts)},   {"msgid", AT(msgid)},   {"relay", AT(relay)},     {"auth", AT(auth)},
    {"delay", AT(delay)},     {"xdelay", AT(xdelay)}, {"mailer", AT(mailer)},   {"dsn", AT(dsn)},
    {"reply", AT(reply)},     {"stat", AT(stat)},     {"ruleset", AT(ruleset)}, {"arg1", AT(arg1)},
    {"reject", AT(reject)},   {"verify", AT(verify)}, {"version", AT(version)}, {"cipher", AT(cipher)},
    {"authid", AT(authid)},   {"arg2", AT(arg2)},     {"tls_verify", AT(tls_verify)},
    {"tls_version", AT(tls_version)},
};
#undef AT

static size_t key_length(str s)
{
    size_t n = 0;

    while (n < s.n && n < 20 && (str_is_alpha(s.p[n]) || str_is_digit(s.p[n]) || s.p[n] == '_'))
        n++;
    return n > 0 && n < s.n && s.p[n] == '=' ? n : 0;
}

/* Where a value ends: at ", key=" outside of <brackets> and quotes. */
static size_t value_length(str s)
{
    bool quoted = false;
    size_t depth = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (quoted && s.p[i] == '\\')
            i++;
        else if (s.p[i] == '"' && depth > 0)
            quoted = !quoted;
        else if (!quoted && s.p[i] == '<')
            depth = 1;
        else if (!quoted && s.p[i] == '>')
            depth = 0;
        else if (depth == 0 && s.p[i] == ',' && i + 1 < s.n && s.p[i + 1] == ' ' && key_length(str_from(s, i + 2)) > 0)
            return i;
    }
    return s.n;
}

/* stat= and reject= are the last words: all that follows is theirs. */
static bool is_rest(str key)
{
    return str_eq(key, STR("stat")) || str_eq(key, STR("reject"));
}

static void take_fields(str in, struct fields *f)
{
    for (size_t n; (n = key_length(in)) > 0;) {
        const str key = str_to(in, n);
        in = str_from(in, n + 1);
        const str value = is_rest(key) ? in : str_to(in, value_length(in));
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            str *field = (str *)((char *)f + names[i].at);
            if (field->p == NULL && str_eq(key, str_of(names[i].key)))
                *field = value;
        }
        in = str_from(in, value.n);
        if (!str_take(&in, STR(", ")))
            break;
    }
}

/* "mx.d.example. [192.0.2.1] (may be forged)", "[192.0.2.1]", "root@localhost" */
static void read_relay(str relay, str *host, str *ip)
{
    const size_t open = str_rfind_char(relay, '[');

    *host = str_to(relay, open);
    *ip = str_to(relay, 0);
    if (open != STR_NONE) {
        str rest = str_from(relay, open + 1);
        if (!str_take_until(&rest, ']', ip))
            *ip = rest;
        str_take_nocase(ip, STR("IPv6:"));
    }
    *host = str_trim(*host);
    if (host->n > 1 && host->p[0] == '[')
        host->n = 0; /* "[192.0.2.1] [192.0.2.1]" */
    if (host->n > 0 && host->p[host->n - 1] == '.')
        host->n--;
}

static str plain_address(str text)
{
    text = str_trim(text);
    if (text.n > 1 && text.p[0] == '<' && text.p[text.n - 1] == '>')
        return (str){text.p + 1, text.n - 2};
    return text;
}

/* "verify=OK" of STARTTLS lines, "tls_verify=OK" of others. */
static enum tls_grade grade_of(str verify)
{
    return str_eq(verify, STR("OK")) ? TLS_TRUSTED : str_eq(verify, STR("TRUSTED")) ? TLS_VERIFIED : TLS_UNTRUSTED;
}

/* Proofpoint, and sendmail since 8.16, repeat in the line itself what was agreed on. */
static void read_tls(struct log_event *e, const struct fields *f)
{
    const str version = f->tls_version;

    if (version.n == 0 || str_eq(version, STR("NONE")) || str_eq(f->tls_verify, STR("NONE"))) {
        e->tls = str_eq(f->tls_verify, STR("NONE")) || version.n > 0 ? TLS_NONE : TLS_UNKNOWN;
        return;
    }
    e->tls = grade_of(f->tls_verify);
    e->tls_version = version;
    e->cipher = f->cipher;
}

/* ---- accepted */

static str user_of(const struct kept *logins, uint32_t pid)
{
    const struct login *l = kept_find(logins, pid);

    return l ? (str){l->user, l->n} : (str){"", 0};
}

static enum line_result accepted(const struct kept *logins, const struct log_line *line, str id, const struct fields *f,
                                 struct log_sink *sink)
{
    str nrcpts = f->nrcpts, size = f->size, host, ip;
    uint64_t n;

    if (str_take_u64(&nrcpts, &n) && n == 0)
        return LINE_KNOWN; /* all recipients were refused: nothing came in */
    struct log_event *e = log_sink_add(sink, line, LOG_ACCEPTED);
    read_relay(f->relay, &host, &ip);
    e->queue_id = id;
    e->message_id = f->msgid;
    e->local_client = ip.n == 0;
    e->client_host = e->local_client ? str_to(host, 0) : host;
    e->client_ip = ip;
    e->has_sender = true;
    e->envelope_sender = plain_address(f->from);
    read_tls(e, f);
    if (f->auth.n > 0)
        e->sasl_user = user_of(logins, line->pid);
    const str sender = e->envelope_sender;
    e = log_sink_add(sink, line, LOG_QUEUED);
    e->endless = true;
    e->queue_id = id;
    e->has_sender = true;
    e->envelope_sender = sender;
    if (f->nrcpts.n > 0 && nrcpts.n < f->nrcpts.n && n <= INT32_MAX)
        e->recipients = (int32_t)n;
    if (str_take_u64(&size, &n) && n <= INT64_MAX)
        e->size_bytes = (int64_t)n;
    return LINE_EVENT;
}

/* ---- delivered */

static enum transport transport_of(str mailer, str ip)
{
    static const char *const remote[] = {"esmtp", "smtp", "smtp8", "dsmtp", "relay"};

    if (str_eq(mailer, STR("discard")))
        return TRANSPORT_DISCARD;
    for (size_t i = 0; i < sizeof remote / sizeof *remote; i++)
        if (str_starts(mailer, str_of(remote[i])))
            return TRANSPORT_REMOTE;
    return mailer.n == 0 || (ip.n > 0 && !str_starts(ip, STR("127."))) ? TRANSPORT_REMOTE : TRANSPORT_LOCAL;
}

static enum log_status status_of(const struct fields *f, struct esc dsn)
{
    if (str_starts(f->stat, STR("Cannot send message")) || (dsn.class == 5 && dsn.subject == 4 && dsn.detail == 7))
        return STATUS_EXPIRED;
    if (dsn.class)
        return dsn.class == 2 ? STATUS_SENT : dsn.class == 4 ? STATUS_DEFERRED : STATUS_BOUNCED;
    if (str_starts(f->stat, STR("Sent")))
        return STATUS_SENT;
    return str_starts(f->stat, STR("Deferred")) ? STATUS_DEFERRED : STATUS_BOUNCED;
}

static enum phase phase_of(const struct fields *f)
{
    static const struct {
        const char *stat;
        enum phase phase;
    } texts[] = {
        {"Host unknown", PHASE_CONNECT},          {"Deferred: Name server", PHASE_CONNECT},
        {"Deferred: Connection ", PHASE_CONNECT}, {"Deferred: Operation timed out", PHASE_CONNECT},
        {"Deferred: No route", PHASE_CONNECT},    {"Deferred: Network", PHASE_CONNECT},
        {"User unknown", PHASE_RCPT},             {"Message is too large", PHASE_MAIL},
        {"Cannot send message", PHASE_QUEUE},     {"Data format error", PHASE_BODY},
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (str_starts(f->stat, str_of(texts[i].stat)))
            return texts[i].phase;
    return PHASE_NONE;
}

/* The receiver's words: of "Sent (250 ok)" what stands in the brackets, of a failure reply= where there is one. */
static str reply_of(const struct fields *f, enum log_status status)
{
    str text = f->stat;

    if (status != STATUS_SENT)
        return f->reply.n > 0 ? f->reply : text;
    if (!str_take(&text, STR("Sent (")))
        return f->reply;
    return text.n > 0 && text.p[text.n - 1] == ')' ? str_to(text, text.n - 1) : text;
}

static void attempt(const struct log_line *line, str id, const struct fields *f, str recipient, struct log_sink *sink)
{
    struct log_event *e = log_sink_add(sink, line, LOG_ATTEMPT);
    str dsn = f->dsn;

    e->endless = true;
    e->queue_id = id;
    e->recipient = plain_address(recipient);
    esc_take(&dsn, &e->enhanced_status);
    read_relay(f->relay, &e->remote_host, &e->remote_ip);
    e->transport = transport_of(f->mailer, e->remote_ip);
    e->status = status_of(f, e->enhanced_status);
    e->phase = phase_of(f);
    e->delay_ms = delay_of_clock(f->delay);
    e->delay_send_ms = delay_of_clock(f->xdelay);
    e->reply = reply_of(f, e->status);
    read_tls(e, f);
    if (e->status != STATUS_SENT)
        return;
    e->next_queue_id = reply_queue_id(e->reply);
    const size_t words = str_find(e->reply, STR(" Message accepted for delivery"));
    if (e->next_queue_id.n == 0 && words != STR_NONE && id_length(e->reply) == words)
        e->next_queue_id = str_to(e->reply, words);
    if (e->transport != TRANSPORT_REMOTE)
        e->remote_host.n = e->remote_ip.n = 0;
}

/* "<a@b>,<c@d>", "a@b, c@d", "\"|/usr/bin/procmail\"" */
static bool take_recipient(str *in, str *recipient)
{
    bool quoted = false, bracket = false;
    size_t n = 0;

    while (in->n > 0 && (in->p[0] == ',' || in->p[0] == ' '))
        *in = str_from(*in, 1);
    for (; n < in->n && (quoted || bracket || in->p[n] != ','); n++) {
        if (quoted && in->p[n] == '\\')
            n++;
        else if (in->p[n] == '"')
            quoted = !quoted;
        else if (!quoted && (in->p[n] == '<' || in->p[n] == '>'))
            bracket = in->p[n] == '<';
    }
    *recipient = str_to(*in, n);
    *in = str_from(*in, n);
    return recipient->n > 0;
}

static enum line_result delivered(const struct log_line *line, str id, const struct fields *f, struct log_sink *sink)
{
    str list = f->to, recipient;

    if (str_starts(f->stat, STR("queued")) || str_starts(f->stat, STR("quarantine")) ||
        (f->stat.n == 0 && f->dsn.n == 0))
        return f->stat.n > 0 ? LINE_KNOWN : LINE_UNREAD;
    while (take_recipient(&list, &recipient))
        if (!str_eq(recipient, STR("[more]"))) /* a long list goes on with the next line */
            attempt(line, id, f, recipient, sink);
    return sink->count > 0 ? LINE_EVENT : LINE_UNREAD;
}

/* ---- refused at the door */

static enum line_result rejected(const struct log_line *line, str id, str recipient, str relay, str reply,
                                 enum phase phase, struct log_sink *sink)
{
    struct log_event *e = log_sink_add(sink, line, LOG_REJECTED);
    str rest = reply;

    e->queue_id = id;
    e->recipient = plain_address(recipient);
    e->phase = phase;
    e->reply = reply;
    e->temporary = logged_code(reply) && reply.p[0] == '4';
    read_relay(relay, &e->client_host, &e->client_ip);
    if (logged_code(reply)) {
        rest = str_from(rest, 4);
        esc_take(&rest, &e->enhanced_status);
    }
    return LINE_EVENT;
}

/* Rulesets of headers have any name; those that are called before there is a message are known. */
static bool is_content_ruleset(str name)
{
    static const char *const early[] = {"check_mail", "check_vrfy", "check_expn", "check_etrn", "check_helo",
                                        "tls_",       "try_tls",    "trust_auth", "authinfo",   "srv_features",
                                        "clt_features", "Local_",   "queuegroup", "greet_pause"};

    for (size_t i = 0; i < sizeof early / sizeof *early; i++)
        if (str_starts(name, str_of(early[i])))
            return false;
    return true;
}

static enum line_result ruleset(const struct log_line *line, str id, const struct fields *f, struct log_sink *sink)
{
    const str none = str_to(line->message, 0);

    if (f->reject.n == 0)
        return LINE_KNOWN;
    if (str_eq(f->ruleset, STR("check_rcpt")))
        return rejected(line, none, f->arg1, f->relay, f->reject, PHASE_RCPT, sink);
    if (str_eq(f->ruleset, STR("check_compat")))
        return rejected(line, none, f->arg2, f->relay, f->reject, PHASE_RCPT, sink);
    if (str_eq(f->ruleset, STR("check_relay")))
        return rejected(line, none, none, f->relay, f->reject, PHASE_CONNECT, sink);
    return id.n > 0 && is_content_ruleset(f->ruleset)
               ? rejected(line, id, none, f->relay, f->reject, PHASE_BODY, sink)
               : LINE_KNOWN;
}

/* Behind "Milter: ": "to=<r>, reject=550 ...", "data, reject=554 ...", "data, discard". */
static enum line_result milter(const struct log_line *line, str id, str text, struct log_sink *sink)
{
    struct fields f = {0};
    const str none = str_to(text, 0);

    if (str_take(&text, STR("data, "))) {
        if (str_starts(text, STR("discard"))) {
            log_sink_add(sink, line, LOG_REMOVED)->queue_id = id;
            return LINE_EVENT;
        }
        take_fields(text, &f);
        return f.reject.n > 0 ? rejected(line, id, none, none, f.reject, PHASE_BODY, sink) : LINE_KNOWN;
    }
    take_fields(text, &f);
    if (f.to.n > 0 && f.reject.n > 0)
        return rejected(line, none, f.to, none, f.reject, PHASE_RCPT, sink);
    return LINE_KNOWN;
}

/* "<r@d>... User unknown": the answer to RCPT. */
static enum line_result refused(const struct log_line *line, str text, struct log_sink *sink)
{
    const size_t dots = str_find(text, STR(">... "));
    const str none = str_to(text, 0);

    if (dots == STR_NONE)
        return LINE_KNOWN;
    return rejected(line, none, str_to(text, dots + 1), none, str_from(text, dots + 5), PHASE_RCPT, sink);
}

/* ---- mails about mails: "ID: NEWID: DSN: User unknown", "ID: NEWID: sender notify: Cannot send message for 5 days" */

static enum line_result notification(const struct log_line *line, str id, str newid, str text, struct log_sink *sink)
{
    static const char *const kinds[] = {"DSN: ", "return to sender: ", "sender notify: ", "postmaster notify: ",
                                        "return receipt: "};
    bool known = false;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !known; i++)
        known = str_take(&text, str_of(kinds[i]));
    if (!known)
        return LINE_KNOWN; /* "clone: owner=..." */
    if (str_starts(text, STR("Cannot send message")))
        log_sink_add(sink, line, LOG_EXPIRED)->queue_id = id;
    struct log_event *e = log_sink_add(sink, line, LOG_NOTIFICATION);
    e->queue_id = id;
    e->next_queue_id = newid;
    return LINE_EVENT;
}

/* ---- lines of a process */

/* "STARTTLS=client, relay=mx.d., version=TLSv1.3, verify=OK, cipher=..., bits=256/256" */
static enum line_result starttls(const struct log_line *line, str text, struct log_sink *sink)
{
    struct fields f = {0};

    take_fields(text, &f);
    if (f.version.n == 0 || f.relay.n == 0)
        return LINE_KNOWN;
    struct log_event *e = log_sink_add(sink, line, LOG_TLS);
    read_relay(f.relay, &e->remote_host, &e->remote_ip);
    e->tls_version = f.version;
    e->cipher = f.cipher;
    e->tls = grade_of(f.verify);
    return LINE_EVENT;
}

static enum line_result login(struct kept *logins, const struct log_line *line, str text)
{
    struct fields f = {0};

    take_fields(text, &f);
    set_user(kept_put(logins, line->pid), f.authid);
    return LINE_KNOWN;
}

/* Solaris: "[ID 801593 mail.info] " in front of the message. */
static str without_solaris_id(str text)
{
    str rest = text, id;

    return str_take(&rest, STR("[ID ")) && str_take_until_text(&rest, STR("] "), &id) && id.n < 40 ? rest : text;
}

static enum line_result id_line(const struct kept *logins, const struct log_line *line, str id, str text,
                                struct log_sink *sink)
{
    struct fields f = {0};
    str newid;

    if (text.n > 0 && text.p[0] == '<')
        return refused(line, text, sink);
    if (str_take(&text, STR("Milter: ")))
        return milter(line, id, text, sink);
    if (take_id(&text, &newid))
        return notification(line, id, newid, text, sink);
    if (str_eq(text, STR("discarded"))) {
        log_sink_add(sink, line, LOG_REMOVED)->queue_id = id;
        return LINE_EVENT;
    }
    take_fields(text, &f);
    if (str_starts(text, STR("from=")))
        return f.relay.n > 0 || f.size.n > 0 ? accepted(logins, line, id, &f, sink) : LINE_UNREAD;
    if (str_starts(text, STR("to=")))
        return delivered(line, id, &f, sink);
    return f.ruleset.n > 0 ? ruleset(line, id, &f, sink) : LINE_KNOWN;
}

int sendmail_recognise(const struct log_line *line)
{
    str text = without_solaris_id(line->message), id;

    if (is_sendmail(line->program))
        return take_id(&text, &id) ? 100 : 50;
    return 0;
}

enum line_result sendmail_parse(void *state, const struct log_line *line, struct log_sink *sink)
{
    str text = without_solaris_id(line->message), id, rest;
    struct fields f = {0};

    if (!is_sendmail(line->program)) /* another program of this syslog */
        return text.n == 0 || line->at_us != CLOCK_NONE ? log_line_of_other(line) : LINE_UNREAD;
    const bool has_id = take_id(&text, &id);
    rest = text;
    if (str_take(&rest, STR("STARTTLS=client, ")))
        return starttls(line, rest, sink);
    if (str_take(&rest, STR("AUTH=server, ")))
        return login(state, line, rest);
    if (has_id)
        return id_line(state, line, id, text, sink);
    take_fields(text, &f);
    return f.ruleset.n > 0 ? ruleset(line, str_to(text, 0), &f, sink) : LINE_KNOWN;
}

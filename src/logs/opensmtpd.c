/*
 * opensmtpd - OpenSMTPD: the lines of 6.4 and later, of 6.0 to 6.3 ("mta event=delivery"), and of 5.x ("relay: Ok for").
 *
 * "SESSION smtp message msgid=..., SESSION mta delivery evpid=... result=\"Ok\" stat=\"250 ok\"": an
 * envelope (evpid) is one recipient; its first eight digits are the message. The envelope is the life that
 * is told: it is queued by the "smtp envelope" line of its session and gone with its delivery.
 *
 * Source  OpenSMTPD usr.sbin/smtpd: smtp_session.c, mta_session.c, mda.c, queue.c.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "logs/kept.h"
#include "logs/parsers.h"
#include "logs/replies.h"

enum { SESSIONS_MAX = 4096, TEXT_BYTES = 128, PACKED_VERSION = 1 };

struct session { /* the state: by session id, who is there or whom we speak to */
    char client_ip[64], client_host[TEXT_BYTES], user[TEXT_BYTES], tls[TEXT_BYTES], cipher[TEXT_BYTES], verified[16];
    int64_t size_bytes; /* of the message whose envelopes follow; 0: not said */
};

void *opensmtpd_state_new(void)
{
    return kept_new(sizeof(struct session), SESSIONS_MAX, NULL);
}

void opensmtpd_state_free(void *state)
{
    kept_free(state);
}

static bool is_hex16(str s)
{
    if (s.n != 16)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!str_is_digit(s.p[i]) && (s.p[i] < 'a' || s.p[i] > 'f'))
            return false;
    return true;
}

/* "0000000000000000": no session was needed to know. */
static bool is_nobody(str id)
{
    size_t n = 0;

    while (n < id.n && id.p[n] == '0')
        n++;
    return n == id.n;
}

static struct session *session_of(struct kept *sessions, str id)
{
    const uint64_t key = hash64(id, 0);
    struct session *s = kept_find(sessions, key);

    return s ? s : kept_put(sessions, key);
}

static void keep(char *to, size_t room, str text)
{
    const size_t n = text.n < room ? text.n : room - 1;

    if (n)
        memcpy(to, text.p, n);
    to[n] = '\0';
}

static void pack_one(struct buf *out, const void *value)
{
    const struct session *s = value;

    kept_add_text(out, str_of(s->client_ip));
    kept_add_text(out, str_of(s->client_host));
    kept_add_text(out, str_of(s->user));
    kept_add_text(out, str_of(s->tls));
    kept_add_text(out, str_of(s->cipher));
    kept_add_text(out, str_of(s->verified));
    kept_add_number(out, s->size_bytes > 0 ? (uint64_t)s->size_bytes : 0);
}

static bool unpack_one(str *in, void *value)
{
    struct session *s = value;
    str ip, host, user, tls, cipher, verified;
    uint64_t size;

    if (!kept_take_text(in, &ip) || !kept_take_text(in, &host) || !kept_take_text(in, &user) ||
        !kept_take_text(in, &tls) || !kept_take_text(in, &cipher) || !kept_take_text(in, &verified) ||
        !kept_take_number(in, &size) || size > INT64_MAX)
        return false;
    s->size_bytes = (int64_t)size;
    keep(s->client_ip, sizeof s->client_ip, ip);
    keep(s->client_host, sizeof s->client_host, host);
    keep(s->user, sizeof s->user, user);
    keep(s->tls, sizeof s->tls, tls);
    keep(s->cipher, sizeof s->cipher, cipher);
    keep(s->verified, sizeof s->verified, verified);
    return true;
}

void opensmtpd_pack(const void *state, struct buf *out)
{
    kept_pack(state, PACKED_VERSION, pack_one, out);
}

void opensmtpd_unpack(void *state, str packed)
{
    kept_unpack(state, PACKED_VERSION, unpack_one, packed);
}

/* A value: "quoted", <bracketed> or a word. Inner quotes are written as \". */
static str take_value(str *in)
{
    size_t n = 0;

    if (in->n > 0 && in->p[0] == '"') {
        for (n = 1; n < in->n && in->p[n] != '"';)
            n += in->p[n] == '\\' ? 2 : 1;
        n = n < in->n ? n : in->n;
        const str value = {in->p + 1, n > 0 ? n - 1 : 0};
        *in = str_from(*in, n + 1);
        return value;
    }
    if (in->n > 0 && in->p[0] == '<') {
        bool quoted = false;
        for (n = 1; n < in->n && (quoted || in->p[n] != '>'); n++)
            quoted ^= in->p[n] == '"';
        const str value = {in->p + 1, n - 1};
        *in = str_from(*in, n + 1);
        return value;
    }
    while (n < in->n && (in->p[n] != ' ' || str_starts(str_from(*in, n), STR(" ("))))
        n++; /* "relay=192.0.2.25 (mx.example), " without quotes */
    str value = str_to(*in, n);
    *in = str_from(*in, n);
    if (value.n > 0 && value.p[value.n - 1] == ',') /* queue.c writes commas between */
        value.n--;
    return value;
}

struct fields {
    str from, to, rcpt, msgid, evpid, size, nrcpt, address, host, user, result, stat, relay, source, delay, ciphers,
        command, version, cipher, session;
};

#define AT(member) offsetof(struct fields, member)
static const struct {
    const char *key;
    size_t at;
} names[] = {
    {"from", AT(from)},   {"to", AT(to)},           {"rcpt", AT(rcpt)},     {"msgid", AT(msgid)},
    {"evpid", AT(evpid)}, {"size", AT(size)},       {"nrcpt", AT(nrcpt)},   {"address", AT(address)},
    {"host", AT(host)},   {"user", AT(user)},       {"result", AT(result)}, {"stat", AT(stat)},
    {"relay", AT(relay)}, {"source", AT(source)},   {"delay", AT(delay)},   {"ciphers", AT(ciphers)},
    {"command", AT(command)}, {"version", AT(version)}, {"cipher", AT(cipher)}, {"session", AT(session)},
};
#undef AT

static void take_fields(str in, struct fields *f)
{
    str key;

    for (;;) {
        while (in.n > 0 && (in.p[0] == ' ' || in.p[0] == ','))
            in = str_from(in, 1);
        if (!str_take_until(&in, '=', &key))
            return;
        const bool rest = str_eq(key, STR("stat")) && in.n > 0 && in.p[0] != '"'; /* before 6.8 without quotes */
        if (str_eq(key, STR("ciphers")) && str_starts(in, STR("version="))) /* 6.0 to 6.3: fields of its own */
            continue;
        const str value = rest ? in : take_value(&in);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            str *field = (str *)((char *)f + names[i].at);
            if (field->p == NULL && str_eq(key, str_of(names[i].key)))
                *field = value;
        }
        if (rest)
            return;
    }
}

static bool is_said(str value)
{
    return value.n > 0 && !str_eq(value, STR("-"));
}

static struct log_event *envelope_event(const struct log_line *line, const struct fields *f, enum log_kind kind,
                                        struct log_sink *sink)
{
    struct log_event *e = log_sink_add(sink, line, kind);

    e->queue_id = f->evpid;
    e->has_sender = f->from.p != NULL;
    e->envelope_sender = f->from;
    return e;
}

/* ---- smtp: who comes in */

static enum line_result on_connected(struct session *s, const struct log_line *line, const struct fields *f,
                                     struct log_sink *sink)
{
    (void)line;
    (void)sink;
    keep(s->client_ip, sizeof s->client_ip, f->address);
    keep(s->client_host, sizeof s->client_host, f->host);
    return LINE_KNOWN;
}

static enum line_result on_authentication(struct session *s, const struct log_line *line, const struct fields *f,
                                          struct log_sink *sink)
{
    (void)line;
    (void)sink;
    if (str_eq(f->result, STR("ok")))
        keep(s->user, sizeof s->user, f->user);
    return LINE_KNOWN;
}

static enum line_result on_message(struct session *s, const struct log_line *line, const struct fields *f,
                                   struct log_sink *sink)
{
    str size = f->size;
    uint64_t n;

    (void)line;
    (void)sink;
    s->size_bytes = str_take_u64(&size, &n) && n <= INT64_MAX ? (int64_t)n : 0;
    return LINE_KNOWN;
}

static enum line_result on_envelope(struct session *s, const struct log_line *line, const struct fields *f,
                                    struct log_sink *sink)
{
    if (!is_hex16(f->evpid))
        return LINE_UNREAD;
    struct log_event *e = envelope_event(line, f, LOG_ACCEPTED, sink);
    e->client_ip = arena_str(sink->arena, str_of(s->client_ip));
    e->client_host = arena_str(sink->arena, str_of(s->client_host));
    e->sasl_user = arena_str(sink->arena, str_of(s->user));
    e->local_client = e->client_ip.n == 0 || str_eq(e->client_ip, STR("local"));
    e = envelope_event(line, f, LOG_QUEUED, sink);
    e->recipients = 1;
    e->size_bytes = s->size_bytes > 0 ? s->size_bytes : -1;
    return LINE_EVENT;
}

static enum line_result on_failed_command(struct session *s, const struct log_line *line, const struct fields *f,
                                          struct log_sink *sink)
{
    str command = f->command;

    if (!str_take_nocase(&command, STR("RCPT TO:")))
        return LINE_KNOWN;
    struct log_event *e = log_sink_add(sink, line, LOG_REJECTED);
    if (str_take_char(&command, '<'))
        command = str_to(command, str_rfind_char(command, '>'));
    e->recipient = command;
    e->reply = f->result;
    e->temporary = f->result.n > 0 && f->result.p[0] == '4';
    e->phase = PHASE_RCPT;
    e->client_ip = arena_str(sink->arena, str_of(s->client_ip));
    e->client_host = arena_str(sink->arena, str_of(s->client_host));
    return LINE_EVENT;
}

static const struct {
    const char *head;
    enum line_result (*read)(struct session *s, const struct log_line *line, const struct fields *f,
                             struct log_sink *sink);
} smtp_lines[] = {
    {"connected ", on_connected},
    {"authentication ", on_authentication},
    {"message ", on_message},
    {"envelope ", on_envelope},
    {"failed-command ", on_failed_command},
};

static enum line_result smtp_line(struct session *s, const struct log_line *line, str text, struct log_sink *sink)
{
    struct fields f = {0};

    str_take(&text, STR("event=")); /* 6.0 to 6.3 */
    for (size_t i = 0; i < sizeof smtp_lines / sizeof *smtp_lines; i++)
        if (str_take(&text, str_of(smtp_lines[i].head))) {
            take_fields(text, &f);
            return smtp_lines[i].read(s, line, &f, sink);
        }
    return LINE_KNOWN;
}

/* ---- mta and mda: deliveries */

/* "198.51.100.9 (mx.example)" */
static void read_relay(struct log_event *e, str relay)
{
    str ip;

    if (!str_take_until_text(&relay, STR(" ("), &ip)) {
        e->remote_host = relay;
        return;
    }
    e->remote_ip = ip;
    e->remote_host = str_to(relay, str_rfind_char(relay, ')'));
}

static bool read_result(struct log_event *e, str result, str stat)
{
    static const struct {
        const char *word;
        enum log_status status;
    } words[] = {
        {"Ok", STATUS_SENT}, {"TempFail", STATUS_DEFERRED}, {"PermFail", STATUS_BOUNCED}, {"Expire", STATUS_EXPIRED}};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_eq(result, str_of(words[i].word)))
            e->status = words[i].status;
    str rest = stat;
    e->reply = stat;
    if (logged_code(rest)) {
        rest = str_from(rest, 4);
        esc_take(&rest, &e->enhanced_status);
    }
    return e->status != STATUS_NONE;
}

/* "1.1.1.1 timed out" and kin: what mta.c itself says about reaching hosts. */
static enum phase phase_of(str stat)
{
    static const char *const early[] = {
        "Network error", "No valid route",        "Could not resolve", "No MX found",       "Destination seem",
        "Connection ",   "Domain does not exist", "Host not found",    "MX has no address", "Temporary failure in MX"};

    if (str_eq(stat, STR("Envelope expired")))
        return PHASE_QUEUE;
    for (size_t i = 0; i < sizeof early / sizeof *early; i++)
        if (str_starts(stat, str_of(early[i])))
            return PHASE_CONNECT;
    return PHASE_NONE;
}

/* "TLSv1.3:TLS_AES_256_GCM_SHA384:256", or "version=TLSv1.2, cipher=..., bits=256" before 6.4. */
static void keep_tls(struct session *s, const struct fields *f)
{
    str version = f->version, cipher = f->cipher, all = f->ciphers;

    if (version.n == 0 && str_starts(all, STR("version="))) {
        struct fields inner = {0};
        take_fields(all, &inner);
        version = inner.version;
        cipher = inner.cipher;
    } else if (version.n == 0) {
        if (!str_take_until(&all, ':', &version))
            version = all;
        else
            cipher = str_to(all, str_find_char(all, ':'));
    }
    keep(s->tls, sizeof s->tls, version);
    keep(s->cipher, sizeof s->cipher, cipher);
}

static void read_tls(struct log_event *e, const struct session *s, struct arena *arena)
{
    e->tls_version = arena_str(arena, str_of(s->tls));
    if (e->tls_version.n == 0) {
        e->tls = e->status == STATUS_SENT ? TLS_NONE : TLS_UNKNOWN;
        return;
    }
    e->cipher = arena_str(arena, str_of(s->cipher));
    e->tls = strcmp(s->verified, "verified") == 0 ? TLS_TRUSTED : TLS_UNTRUSTED;
}

static enum line_result delivery(struct session *s, const struct log_line *line, const struct fields *f,
                                 enum transport transport, struct log_sink *sink)
{
    if (!is_hex16(f->evpid))
        return LINE_UNREAD;
    struct log_event *e = envelope_event(line, f, LOG_ATTEMPT, sink);
    e->transport = transport;
    e->recipient = f->to;
    e->original_recipient = is_said(f->rcpt) && !str_eq_nocase(f->rcpt, f->to) ? f->rcpt : str_to(f->to, 0);
    e->egress = is_said(f->source) ? f->source : str_to(f->to, 0);
    e->delay_ms = delay_of_units(f->delay);
    if (is_said(f->relay))
        read_relay(e, f->relay);
    if (!read_result(e, f->result, f->stat)) {
        sink->count--;
        return LINE_UNREAD;
    }
    if (e->status == STATUS_SENT)
        e->next_queue_id = reply_queue_id(e->reply);
    else
        e->phase = phase_of(e->reply);
    if (s && transport == TRANSPORT_REMOTE)
        read_tls(e, s, sink->arena);
    if (e->status != STATUS_DEFERRED)
        envelope_event(line, f, LOG_REMOVED, sink);
    return LINE_EVENT;
}

static enum line_result mta_line(struct session *s, const struct log_line *line, str text, struct log_sink *sink)
{
    struct fields f = {0};

    str_take(&text, STR("event=")); /* 6.0 to 6.3 */
    if (str_take(&text, STR("delivery "))) {
        take_fields(text, &f);
        return delivery(s, line, &f, TRANSPORT_REMOTE, sink);
    }
    if (str_take(&text, STR("tls ")) || str_take(&text, STR("starttls "))) {
        take_fields(text, &f);
        keep_tls(s, &f);
    } else if (str_take(&text, STR("server-cert-check ")) || str_take(&text, STR("cert-check "))) {
        take_fields(text, &f);
        keep(s->verified, sizeof s->verified, f.result);
    } else if (str_starts(text, STR("connected"))) {
        s->tls[0] = s->verified[0] = '\0';
    }
    return LINE_KNOWN;
}

/* ---- before 6.0: "smtp-in: TEXT on session ID: key=value, ..." */

static bool take_session(str *in, struct kept *state, struct session **s)
{
    str head;

    if (!str_take_until_text(in, STR("session "), &head) || in->n < 16 || !is_hex16(str_to(*in, 16)))
        return false;
    *s = session_of(state, str_to(*in, 16));
    *in = str_from(*in, 16);
    return true;
}

/* Behind "smtp-in: ": who comes; "Failed command on session ID: "RCPT TO:<y@x>" => 550 Invalid recipient". */
static enum line_result smtp_in_line(struct kept *state, const struct log_line *line, str text,
                                     struct log_sink *sink)
{
    struct fields f = {0};
    struct session *s;
    str rest = text, command;

    if (!take_session(&rest, state, &s))
        return LINE_KNOWN;
    if (str_starts(text, STR("New session "))) {
        memset(s->tls, 0, sizeof s->tls);
        s->user[0] = '\0';
        if (!str_take(&rest, STR(" from host ")) || !str_take_until_text(&rest, STR(" ["), &f.host))
            return LINE_KNOWN;
        f.address = str_to(rest, str_find_char(rest, ']'));
        return on_connected(s, line, &f, sink);
    }
    if (!str_starts(text, STR("Failed command on session ")) || !str_take(&rest, STR(": \"")) ||
        !str_take_until_text(&rest, STR("\" => "), &command))
        return LINE_KNOWN;
    f.command = command;
    f.result = rest;
    return on_failed_command(s, line, &f, sink);
}

/* Behind "smtp-out: ": "Started TLS on session ID: version=TLSv1.2, cipher=..., bits=256". */
static enum line_result smtp_out_line(struct kept *state, str text)
{
    struct fields f = {0};
    struct session *s;
    str rest = text;

    if (!take_session(&rest, state, &s))
        return LINE_KNOWN;
    if (str_starts(text, STR("Connected on "))) {
        s->tls[0] = s->cipher[0] = s->verified[0] = '\0';
    } else if (str_starts(text, STR("Started TLS on ")) && str_take(&rest, STR(": "))) {
        take_fields(rest, &f);
        keep_tls(s, &f);
    } else if (str_starts(text, STR("Server certificate verification succeeded"))) {
        keep(s->verified, sizeof s->verified, STR("verified"));
    }
    return LINE_KNOWN;
}

/* queue.c: "relay: Expire for 7d5c2aef00112233: from=<>, to=<>, rcpt=<>, delay=4d, stat=Envelope expired" */
static enum line_result queue_line(struct kept *state, const struct log_line *line, str text,
                                   struct log_sink *sink)
{
    struct fields f = {0};
    str where, result, evpid;

    if (str_take(&text, STR("smtp-in: ")))
        return smtp_in_line(state, line, text, sink);
    if (str_take(&text, STR("smtp-out: ")))
        return smtp_out_line(state, text);
    if (!str_take_until_text(&text, STR(": "), &where) || !str_take_until_text(&text, STR(" for "), &result) ||
        !str_take_until_text(&text, STR(": "), &evpid) || !is_hex16(evpid))
        return LINE_KNOWN;
    take_fields(text, &f);
    f.evpid = evpid;
    f.result = str_eq(f.stat, STR("Envelope expired")) ? STR("Expire") : result;
    struct session *s = is_hex16(f.session) && !is_nobody(f.session) ? session_of(state, f.session) : NULL;
    const bool local = str_eq(where, STR("mda")) || str_eq(where, STR("delivery"));
    return delivery(s, line, &f, local ? TRANSPORT_LOCAL : TRANSPORT_REMOTE, sink);
}

/* ---- */

int opensmtpd_recognise(const struct log_line *line)
{
    str text = line->message, id, part;

    if (!str_eq(line->program, STR("smtpd")))
        return 0;
    if (str_starts(text, STR("smtp-in: ")) || str_starts(text, STR("smtp-out: ")))
        return 100; /* before 6.0 */
    if (!str_take_until(&text, ' ', &id) || !is_hex16(id) || !str_take_until(&text, ' ', &part))
        return 20;
    return str_eq(part, STR("smtp")) || str_eq(part, STR("mta")) || str_eq(part, STR("mda")) ? 100 : 20;
}

enum line_result opensmtpd_parse(void *state, const struct log_line *line, struct log_sink *sink)
{
    str text = line->message, id;
    struct fields f = {0};

    if (!str_eq(line->program, STR("smtpd"))) /* another program of this syslog */
        return text.n == 0 || line->at_us != CLOCK_NONE ? log_line_of_other(line) : LINE_UNREAD;
    if (!str_take_until(&text, ' ', &id) || !is_hex16(id))
        return queue_line(state, line, line->message, sink);
    if (str_starts(text, STR("smtp disconnected")) || str_starts(text, STR("mta disconnected"))) {
        kept_drop(state, hash64(id, 0));
        return LINE_KNOWN;
    }
    struct session *s = session_of(state, id);
    if (str_take(&text, STR("smtp ")))
        return smtp_line(s, line, text, sink);
    if (str_take(&text, STR("mta ")))
        return mta_line(s, line, text, sink);
    if (!str_take(&text, STR("mda delivery ")) && !str_take(&text, STR("mda event=delivery ")))
        return LINE_KNOWN;
    take_fields(text, &f);
    return delivery(NULL, line, &f, TRANSPORT_LOCAL, sink);
}

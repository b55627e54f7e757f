/*
 * kumomta - KumoMTA's log records, one JSON object a line (zstd segments are opened by intake/).
 *
 * Operators may shape records by templates: only "type" is required, and a type that is not known
 * is a good line of no consequence.
 *
 * Source  KumoMTA crates/kumo-log-types/src/lib.rs (JsonLogRecord, RecordType).
 */
#include "logs/entry.h"

/* "campaign:tenant@domain" -> "tenant", else the campaign; "" when the queue is the domain alone. */
static str stream_of(str queue)
{
    str rest = queue, campaign, tenant;

    if (str_take_until(&rest, ':', &campaign) && str_take_until(&rest, '@', &tenant))
        return tenant.n > 0 ? tenant : campaign;
    rest = queue;
    if (str_take_until(&rest, '@', &tenant))
        return tenant;
    return str_to(queue, 0);
}

static struct esc esc_of(const struct json_value *code)
{
    return (struct esc){
        .class = (uint16_t)entry_number(json_get(code, "class"), 0, 5),
        .subject = (uint16_t)entry_number(json_get(code, "subject"), 0, 999),
        .detail = (uint16_t)entry_number(json_get(code, "detail"), 0, 999),
    };
}

/* "550 5.1.1 no such user", as the other side wrote it. */
static str reply_of(const struct json_value *response, struct arena *arena)
{
    char esc[ESC_TEXT];
    const str content = json_get_text(response, "content");
    const int code = (int)entry_number(json_get(response, "code"), 0, 999);

    esc_text(esc_of(json_get(response, "enhanced_code")), esc);
    if (code == 0)
        return content;
    return *esc ? arena_printf(arena, "%d %s %.*s", code, esc, STR_ARG(content))
                : arena_printf(arena, "%d %.*s", code, STR_ARG(content));
}

/* meta.authn_id is the user; kumod sets it for SMTP AUTH and HTTP alike. */
static void read_common(struct entry *r, const struct json_value *v)
{
    const struct json_value *meta = json_get(v, "meta"), *headers = json_get(v, "headers");
    int64_t at_us;

    if (entry_time(json_get(v, "event_time"), &at_us) || entry_time(json_get(v, "timestamp"), &at_us)) {
        r->line.at_us = at_us;
        r->line.quality = TIME_EXACT;
    }
    if (r->line.host.n == 0)
        r->line.host = json_get_text(v, "nodeid");
    r->queue_id = json_get_text(v, "id");
    r->has_sender = json_kind_of(json_get(v, "sender")) == VALUE_TEXT;
    r->sender = entry_address(json_get_text(v, "sender"));
    r->message_id = json_get_text(headers, "Message-ID");
    if (r->message_id.n == 0)
        r->message_id = json_get_text(headers, "Message-Id");
    r->sasl_user = json_get_text(meta, "authn_id");
    r->stream = json_get_text(meta, "tenant");
    if (r->stream.n == 0)
        r->stream = stream_of(json_get_text(v, "queue"));
    r->size_bytes = entry_number(json_get(v, "size"), -1, INT64_MAX);
}

static size_t recipient_count(const struct json_value *v)
{
    const struct json_value *list = json_get(v, "recipient");

    return json_kind_of(list) == VALUE_ARRAY ? json_count(list) : json_text(list).n > 0;
}

static str recipient_at(const struct json_value *v, size_t i)
{
    const struct json_value *list = json_get(v, "recipient");

    return entry_address(json_kind_of(list) == VALUE_ARRAY ? json_text(json_at(list, i)) : json_text(list));
}

/* A word, or {"UserDefined": "word"}. */
static str category_of(const struct json_value *v)
{
    const struct json_value *category = json_get(v, "bounce_classification");
    const str own = json_get_text(category, "UserDefined");

    return own.n > 0 ? own : json_text(category);
}

static void read_remote(struct log_event *e, const struct json_value *v)
{
    const struct json_value *peer = json_get(v, "peer_address");
    str addr = json_get_text(peer, "addr"), name = json_get_text(peer, "name");

    if (name.n > 0 && name.p[name.n - 1] == '.')
        name.n--;
    e->remote_host = name;
    e->remote_ip = addr;
    e->egress = json_get_text(v, "egress_source");
    if (e->egress.n == 0)
        e->egress = json_get_text(v, "egress_pool");
    e->tls_version = json_get_text(v, "tls_protocol_version");
    e->cipher = json_get_text(v, "tls_cipher");
    if (e->tls_version.n > 0)
        e->tls = json_count(json_get(v, "tls_peer_subject_name")) > 0 ? TLS_TRUSTED : TLS_UNTRUSTED;
    else if (e->status == STATUS_SENT && addr.n > 0)
        e->tls = TLS_NONE;
    e->attempt = (uint32_t)entry_number(json_get(v, "num_attempts"), 0, 100000);
    if (e->status != STATUS_EXPIRED && e->transport != TRANSPORT_ERROR && json_get(v, "num_attempts"))
        e->attempt++; /* counted are the attempts before this one */
    e->own_category = category_of(v);
}

static enum transport transport_of(const struct json_value *v)
{
    const str protocol = json_get_text(v, "delivery_protocol");

    return protocol.n == 0 || str_eq_nocase(protocol, STR("ESMTP")) || str_eq_nocase(protocol, STR("SMTP"))
               ? TRANSPORT_REMOTE
               : TRANSPORT_LOCAL; /* Maildir, Lua, LogRecord */
}

static int32_t age_ms(const struct json_value *v, int64_t at_us)
{
    int64_t created;

    if (!entry_time(json_get(v, "created_time"), &created) && !entry_time(json_get(v, "created"), &created))
        return -1;
    const int64_t ms = at_us == CLOCK_NONE || at_us < created ? -1 : (at_us - created) / 1000;
    return ms > INT32_MAX ? INT32_MAX : (int32_t)ms;
}

static void attempts(struct entry *r, const struct json_value *v, enum log_status status, enum transport transport)
{
    const struct json_value *response = json_get(v, "response");
    const str command = json_get_text(response, "command"), reply = reply_of(response, r->sink->arena);

    for (size_t i = 0; i < recipient_count(v); i++) {
        struct log_event *e = entry_attempt(r, recipient_at(v, i), status, reply);
        e->transport = transport;
        if (status != STATUS_SENT)
            e->phase = command.n > 0 && command.p[0] == '.' ? PHASE_BODY : phase_of_verb(command);
        e->delay_ms = age_ms(v, r->line.at_us);
        read_remote(e, v);
    }
}

/* ---- one function a type */

static void on_reception(struct entry *r, const struct json_value *v)
{
    const struct json_value *peer = json_get(v, "peer_address");
    struct log_event *e = entry_event(r, LOG_ACCEPTED);

    e->client_host = json_get_text(peer, "name");
    e->client_ip = json_get_text(peer, "addr");
    e->local_client = e->client_ip.n == 0;
    entry_queued(r);
}

static void on_delivery(struct entry *r, const struct json_value *v)
{
    entry_queued(r);
    attempts(r, v, STATUS_SENT, transport_of(v));
    entry_removed(r);
}

static void on_bounce(struct entry *r, const struct json_value *v)
{
    entry_queued(r);
    attempts(r, v, STATUS_BOUNCED, transport_of(v));
    entry_removed(r);
}

static void on_transient(struct entry *r, const struct json_value *v)
{
    entry_queued(r);
    attempts(r, v, STATUS_DEFERRED, transport_of(v));
}

static void on_expiration(struct entry *r, const struct json_value *v)
{
    entry_queued(r);
    attempts(r, v, STATUS_EXPIRED, transport_of(v));
    entry_removed(r);
}

/* The operator threw it out: it never left. */
static void on_admin_bounce(struct entry *r, const struct json_value *v)
{
    entry_queued(r);
    attempts(r, v, STATUS_BOUNCED, TRANSPORT_ERROR);
    entry_removed(r);
}

static void on_transfer_out(struct entry *r, const struct json_value *v)
{
    (void)v;
    entry_removed(r);
}

static void on_rejection(struct entry *r, const struct json_value *v)
{
    const struct json_value *peer = json_get(v, "peer_address"), *response = json_get(v, "response");
    struct log_event *e = entry_event(r, LOG_REJECTED);

    e->queue_id = str_to(e->queue_id, 0);
    e->recipient = recipient_at(v, 0);
    entry_reply(e, reply_of(response, r->sink->arena));
    e->temporary = e->reply.n > 0 && e->reply.p[0] == '4';
    e->phase = phase_of_verb(json_get_text(response, "command"));
    e->client_host = json_get_text(peer, "name");
    e->client_ip = json_get_text(peer, "addr");
}

/* A DSN that came back after the message had been taken. */
static void on_oob(struct entry *r, const struct json_value *v)
{
    const str reply = reply_of(json_get(v, "response"), r->sink->arena);

    for (size_t i = 0; i < recipient_count(v); i++) {
        struct log_event *e = entry_event(r, LOG_RETURNED);
        e->recipient = recipient_at(v, i);
        e->own_category = category_of(v);
        entry_reply(e, reply);
    }
}

static void on_feedback(struct entry *r, const struct json_value *v)
{
    const struct json_value *report = json_get(v, "feedback_report"), *to = json_get(report, "original_rcpt_to");
    struct log_event *e = entry_event(r, LOG_RETURNED);

    e->recipient = entry_address(json_kind_of(to) == VALUE_ARRAY ? json_text(json_at(to, 0)) : json_text(to));
    if (e->recipient.n == 0)
        e->recipient = recipient_at(v, 0);
    e->feedback_type = json_get_text(report, "feedback_type");
    if (e->feedback_type.n == 0)
        e->feedback_type = STR("abuse");
    e->envelope_sender = entry_address(json_get_text(report, "original_mail_from"));
    e->has_sender = e->envelope_sender.n > 0;
}

static const struct {
    const char *type;
    void (*read)(struct entry *r, const struct json_value *v); /* NULL: of no consequence for a delivery */
} types[] = {
    {"Reception", on_reception},
    {"Delivery", on_delivery},
    {"Bounce", on_bounce},
    {"TransientFailure", on_transient},
    {"Expiration", on_expiration},
    {"AdminBounce", on_admin_bounce},
    {"OOB", on_oob},
    {"Feedback", on_feedback},
    {"Rejection", on_rejection},
    {"XferOut", on_transfer_out},
    {"XferIn", on_reception},
    {"AdminRebind", NULL},
    {"DeferredInjectionRebind", NULL},
    {"Delayed", NULL},
};

/* The names of other formats' types are not ours: one more member of the record has to be there. */
int kumomta_recognise(const struct log_line *line)
{
    static const char *const members[] = {"\"num_attempts\"", "\"site\"", "\"bounce_classification\"",
                                          "\"egress_pool\""};
    const str text = line->message;
    bool known = false;

    if (text.n == 0 || text.p[0] != '{' || str_find(text, STR("\"type\"")) == STR_NONE)
        return 0;
    for (size_t i = 0; i < sizeof types / sizeof *types && !known; i++) {
        const size_t at = str_find(text, str_of(types[i].type));
        known = at != STR_NONE && at > 0 && text.p[at - 1] == '"';
    }
    for (size_t i = 0; i < sizeof members / sizeof *members && known; i++)
        if (str_find(text, str_of(members[i])) != STR_NONE)
            return 100;
    return 0;
}

enum line_result kumomta_parse(void *state, const struct log_line *line, struct log_sink *sink)
{
    const struct json_value *v = entry_read(state, line->message);
    struct entry r = {.sink = sink, .line = *line, .size_bytes = -1, .recipients = -1};
    const str type = json_get_text(v, "type");

    if (line->message.n == 0)
        return LINE_KNOWN;
    if (type.n == 0)
        return LINE_UNREAD;
    read_common(&r, v);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].read && str_eq(type, str_of(types[i].type)))
            types[i].read(&r, v);
    return sink->count > 0 ? LINE_EVENT : LINE_KNOWN;
}

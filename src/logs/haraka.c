/*
 * haraka - Haraka's log in its three shapes: "[LEVEL] [UUID] [origin] text", logfmt, JSON.
 *
 * An outbound line names its mail by UUID.transaction.part, one part for each domain, and not its
 * recipients: those are kept from the transaction's "recipient <a@b> code=OK" lines, for the last few
 * thousand transactions. A part is the life that is told. Of a transaction whose recipients all came to
 * an end only that is kept.
 *
 * Source  haraka/Haraka logger.js, connection.js, outbound/hmail.js, outbound/index.js.
 */
#include <stdlib.h>

#include "base/hash.h"
#include "logs/entry.h"
#include "logs/kept.h"

enum { TRANSACTIONS_MAX = 8192, RECIPIENTS_BYTES_MAX = 64 * 1024, PACKED_VERSION = 1 };

struct transaction { /* by the hash of its UUID */
    struct buf sender, message_id;
    struct buf recipients; /* each: a mark, the address, LF */
    int64_t size_bytes;
};

enum { WAITING = '.', DEFERRED = 'd', DONE = 'x' }; /* marks of recipients */

struct haraka_state {
    struct kept *transactions;
    void *json; /* entry_state of the JSON shape */
};

static void transaction_clear(void *value)
{
    struct transaction *t = value;

    buf_free(&t->sender);
    buf_free(&t->message_id);
    buf_free(&t->recipients);
}

void *haraka_state_new(void)
{
    struct haraka_state *s = mem_zero(1, sizeof *s);

    s->transactions = kept_new(sizeof(struct transaction), TRANSACTIONS_MAX, transaction_clear);
    s->json = entry_state_new();
    return s;
}

void haraka_state_free(void *state)
{
    struct haraka_state *s = state;

    if (s) {
        kept_free(s->transactions);
        entry_state_free(s->json);
    }
    free(s);
}

static struct transaction *transaction_of(struct haraka_state *s, str uuid)
{
    const uint64_t key = hash64(uuid, 0);
    struct transaction *t = kept_find(s->transactions, key);

    if (!t) {
        t = kept_put(s->transactions, key);
        t->size_bytes = -1;
    }
    return t;
}

/* Whether nobody of it waits any more; one without recipients is only beginning. */
static bool is_done(const struct transaction *t)
{
    bool first = true, done = t->recipients.n > 0;

    for (size_t i = 0; i < t->recipients.n && done; i++) {
        done = !first || t->recipients.p[i] == DONE;
        first = t->recipients.p[i] == '\n';
    }
    return done;
}

static void pack_one(struct buf *out, const void *value)
{
    static const char nobody[] = {DONE, '\n'};
    const struct transaction *t = value;
    const bool done = is_done(t);

    kept_add_text(out, buf_str(&t->sender));
    kept_add_text(out, done ? STR("") : buf_str(&t->message_id));
    kept_add_text(out, done ? (str){nobody, sizeof nobody} : buf_str(&t->recipients));
    kept_add_number(out, (uint64_t)(t->size_bytes + 1));
}

static bool unpack_one(str *in, void *value)
{
    struct transaction *t = value;
    str sender, message_id, recipients;
    uint64_t size;

    if (!kept_take_text(in, &sender) || !kept_take_text(in, &message_id) || !kept_take_text(in, &recipients) ||
        !kept_take_number(in, &size) || size > INT64_MAX)
        return false;
    buf_add(&t->sender, sender);
    buf_add(&t->message_id, message_id);
    if (recipients.n > 0 && recipients.p[recipients.n - 1] == '\n')
        buf_add(&t->recipients, recipients);
    t->size_bytes = (int64_t)size - 1;
    return true;
}

void haraka_pack(const void *state, struct buf *out)
{
    kept_pack(((const struct haraka_state *)state)->transactions, PACKED_VERSION, pack_one, out);
}

void haraka_unpack(void *state, str packed)
{
    kept_unpack(((struct haraka_state *)state)->transactions, PACKED_VERSION, unpack_one, packed);
}

/* ---- the three shapes */

struct said {
    str uuid, origin, text;
    int64_t at_us; /* of the JSON shape's own stamp */
};

static bool take_bracket(str *in, str *out)
{
    str rest = *in;

    if (!str_take_char(&rest, '[') || !str_take_until(&rest, ']', out))
        return false;
    str_take_char(&rest, ' ');
    *in = rest;
    return true;
}

static bool read_default(str text, struct said *said)
{
    str level;

    if (!take_bracket(&text, &level) || !take_bracket(&text, &said->uuid) || !take_bracket(&text, &said->origin))
        return false;
    said->text = text;
    return level.n > 0 && level.n < 10;
}

/* The value behind "key=": a word or "quoted"; escapes of \ are left as they are. */
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
    while (n < in->n && in->p[n] != ' ')
        n++;
    const str value = str_to(*in, n);
    *in = str_from(*in, n);
    return value;
}

/* The value of a key among "key=value" words; quoted values are passed over whole. */
static str value_of(str text, const char *key)
{
    str name;

    for (text = str_skip_blanks(text); text.n > 0; text = str_skip_blanks(text)) {
        size_t n = 0;
        while (n < text.n && text.p[n] != ' ' && text.p[n] != '=')
            n++;
        name = str_to(text, n);
        text = str_from(text, n);
        if (!str_take_char(&text, '='))
            continue;
        const str value = take_value(&text);
        if (str_eq(name, str_of(key)))
            return value;
    }
    return (str){"", 0};
}

static bool read_logfmt(str text, struct said *said, struct arena *arena)
{
    if (!str_starts(text, STR("level=")))
        return false;
    said->uuid = value_of(text, "uuid");
    said->origin = value_of(text, "source");
    const str message = value_of(text, "message");
    str rest = text;
    if (message.n > 0)
        rest = str_from(text, (size_t)(message.p + message.n - text.p));
    str_take_char(&rest, '"');
    said->text = arena_join(arena, message, rest); /* as the default shape writes it */
    return said->uuid.n > 0;
}

static bool is_frame(str key)
{
    static const char *const frame[] = {"level", "uuid", "source", "message", "timestamp"};

    for (size_t i = 0; i < sizeof frame / sizeof *frame; i++)
        if (str_eq(key, str_of(frame[i])))
            return true;
    return false;
}

static bool read_json(struct haraka_state *s, str text, struct said *said, struct arena *arena)
{
    const struct json_value *v = entry_read(s->json, text), *member;
    void *at = NULL;
    str key;
    double number;

    said->uuid = json_get_text(v, "uuid");
    said->origin = json_get_text(v, "source");
    said->text = json_get_text(v, "message");
    if (!entry_time(json_get(v, "timestamp"), &said->at_us))
        said->at_us = CLOCK_NONE;
    while (v && json_next(v, &at, &key, &member)) {
        if (is_frame(key))
            continue;
        if (json_number(member, &number))
            said->text = arena_printf(arena, "%.*s %.*s=%.10g", STR_ARG(said->text), STR_ARG(key), number);
        else
            said->text = arena_printf(arena, "%.*s %.*s=\"%.*s\"", STR_ARG(said->text), STR_ARG(key),
                                      STR_ARG(json_text(member)));
    }
    return said->uuid.n > 0;
}

static bool read_line(struct haraka_state *s, str text, struct said *said, struct arena *arena)
{
    *said = (struct said){{"", 0}, {"", 0}, {"", 0}, CLOCK_NONE};
    if (text.n > 0 && text.p[0] == '[')
        return read_default(text, said);
    return text.n > 0 && text.p[0] == '{' ? read_json(s, text, said, arena) : read_logfmt(text, said, arena);
}

/* ---- transactions */

/* "<a@b> code=OK ...": the address, moved behind it. */
static bool take_path(str *in, str *address)
{
    bool quoted = false;
    size_t n = 0;

    if (!str_take_char(in, '<'))
        return false;
    for (; n < in->n && (quoted || in->p[n] != '>'); n++) {
        if (quoted && in->p[n] == '\\')
            n++;
        else
            quoted ^= in->p[n] == '"';
    }
    n = n < in->n ? n : in->n;
    *address = str_to(*in, n);
    *in = str_from(*in, n + 1);
    return true;
}

static enum line_result refused(const struct log_line *line, const struct said *said, str recipient, str text,
                                struct log_sink *sink)
{
    const str code = value_of(text, "code");
    struct log_event *e = log_sink_add(sink, line, LOG_REJECTED);

    e->queue_id = recipient.n > 0 ? str_to(recipient, 0) : said->uuid;
    e->recipient = recipient;
    e->phase = recipient.n > 0 ? PHASE_RCPT : PHASE_BODY;
    e->reply = value_of(text, "msg");
    e->temporary = str_find(code, STR("SOFT")) != STR_NONE;
    return LINE_EVENT;
}

static enum line_result core_line(struct haraka_state *s, const struct log_line *line, const struct said *said,
                                  struct log_sink *sink)
{
    struct transaction *t = transaction_of(s, said->uuid);
    str text = said->text, address = {"", 0};
    const bool denied = str_starts(value_of(text, "code"), STR("DENY"));

    if (str_take(&text, STR("sender ")) && take_path(&text, &address)) {
        t->sender.n = t->recipients.n = 0;
        buf_add(&t->sender, address);
    } else if (str_take(&text, STR("recipient ")) && take_path(&text, &address)) {
        if (denied)
            return refused(line, said, address, text, sink);
        if (t->recipients.n < RECIPIENTS_BYTES_MAX && str_find_char(address, '\n') == STR_NONE) {
            buf_add_char(&t->recipients, WAITING);
            buf_add(&t->recipients, address);
            buf_add_char(&t->recipients, '\n');
        }
    } else if (str_take(&text, STR("message "))) {
        t->message_id.n = 0;
        buf_add(&t->message_id, value_of(text, "mid"));
        str size = value_of(text, "size");
        uint64_t n;
        t->size_bytes = str_take_u64(&size, &n) && n <= INT64_MAX ? (int64_t)n : -1;
        if (denied)
            return refused(line, said, address, text, sink);
    } else if (str_take(&text, STR("queue ")) && denied) {
        return refused(line, said, address, text, sink);
    }
    return LINE_KNOWN;
}

/* ---- outbound */

struct outbound {
    struct haraka_state *state;
    const struct log_line *line;
    const struct said *said;
    struct log_sink *sink;
    struct transaction *transaction;
    uint64_t part; /* the number behind the last dot of UUID.transaction.part */
    bool begun;
};

static str domain_of(str address)
{
    return str_from(address, str_rfind_char(address, '@') == STR_NONE ? address.n : str_rfind_char(address, '@') + 1);
}

/* The part's domain: parts are numbered as domains first come among the recipients. */
static str part_domain(const struct outbound *o)
{
    str list = buf_str(&o->transaction->recipients), one, seen[64];
    size_t count = 0;

    while (str_take_line(&list, &one)) {
        const str domain = domain_of(one);
        size_t i = 0;
        while (i < count && !str_eq_nocase(seen[i], domain))
            i++;
        if (i == count && count < 64)
            seen[count++] = domain;
    }
    return o->part >= 1 && o->part <= count ? seen[o->part - 1] : count > 0 ? seen[0] : (str){"", 0};
}

static struct log_event *attempt(struct outbound *o, str recipient, enum log_status status, str reply)
{
    const struct transaction *t = o->transaction;
    struct entry r = {.sink = o->sink, .line = *o->line, .queue_id = o->said->uuid, .has_sender = t->recipients.n > 0,
                      .sender = buf_str(&t->sender), .message_id = buf_str(&t->message_id),
                      .size_bytes = t->size_bytes, .recipients = -1};

    if (!o->begun)
        entry_queued(&r);
    o->begun = true;
    struct log_event *e = entry_attempt(&r, arena_str(o->sink->arena, recipient), status, reply);
    return e;
}

static void removed(struct outbound *o)
{
    log_sink_add(o->sink, o->line, LOG_REMOVED)->queue_id = o->said->uuid;
}

/* Every recipient of the part that carries the mark; then it carries the next one. Answers how many there were. */
static size_t settle(struct outbound *o, str domain, char mark, char next, enum log_status status, str reply)
{
    struct buf *list = &o->transaction->recipients;
    size_t count = 0, start = 0;

    for (size_t i = 0; i < list->n; i++) {
        if (list->p[i] != '\n')
            continue;
        const str address = {list->p + start + 1, i - start - 1};
        if (list->p[start] == mark && str_eq_nocase(domain_of(address), domain)) {
            list->p[start] = next;
            if (status != STATUS_NONE)
                attempt(o, address, status, reply);
            count++;
        }
        start = i + 1;
    }
    return count;
}

static void mark(struct outbound *o, str recipient, char next)
{
    struct buf *list = &o->transaction->recipients;
    size_t start = 0;

    for (size_t i = 0; i < list->n; i++) {
        if (list->p[i] != '\n')
            continue;
        if (str_eq_nocase((str){list->p + start + 1, i - start - 1}, recipient))
            list->p[start] = next;
        start = i + 1;
    }
}

/* "delivered file=... domain=d host=mx.d ip=... response="250 ok" delay=1.2 fails=0 rcpts=1/0/0" */
static void on_delivered(struct outbound *o, str text)
{
    const str domain = value_of(text, "domain"), response = value_of(text, "response");
    const size_t first = o->sink->count;

    if (settle(o, domain, WAITING, DONE, STATUS_SENT, response) == 0 && o->transaction->recipients.n == 0)
        attempt(o, arena_printf(o->sink->arena, "@%.*s", STR_ARG(domain)), STATUS_SENT,
                response); /* whom, is not in the log */
    const str seconds = value_of(text, "delay");
    for (size_t i = first; i < o->sink->count; i++) {
        struct log_event *e = &o->sink->events[i];
        if (e->kind != LOG_ATTEMPT)
            continue;
        e->remote_host = value_of(text, "host");
        e->remote_ip = value_of(text, "ip");
        e->delay_ms = delay_of_seconds(seconds);
        e->transport = str_eq(value_of(text, "mode"), STR("LMTP")) ? TRANSPORT_LOCAL : TRANSPORT_REMOTE;
        e->tls = str_eq(value_of(text, "tls"), STR("Y")) ? TLS_UNTRUSTED : TLS_NONE;
    }
    if (settle(o, domain, DEFERRED, WAITING, STATUS_NONE, response) == 0)
        removed(o);
}

/* "recipient <r@d> deferred: reason", "... rejected: reason" */
static void on_recipient(struct outbound *o, str text)
{
    str address;

    if (!take_path(&text, &address))
        return;
    if (str_take(&text, STR(" deferred: "))) {
        attempt(o, address, STATUS_DEFERRED, text)->phase = PHASE_RCPT;
        mark(o, address, DEFERRED);
    } else if (str_take(&text, STR(" rejected: "))) {
        attempt(o, address, STATUS_BOUNCED, text)->phase = PHASE_RCPT;
        mark(o, address, DONE);
    }
}

/* "bouncing mail: err": what is left of the part fails. */
static void on_bouncing(struct outbound *o, str text)
{
    const bool expired = str_starts(text, STR("Too many failures")) || str_starts(text, STR("Error: Too many failures"));
    const str domain = part_domain(o);

    if (str_starts(text, STR("Some recipients failed")))
        return; /* each was told on a line of its own */
    settle(o, domain, DEFERRED, WAITING, STATUS_NONE, text);
    settle(o, domain, WAITING, DONE, expired ? STATUS_EXPIRED : STATUS_BOUNCED, text);
    removed(o);
}

/* "Temp failing FILE for N seconds: err": all that is left of the part is tried again later. */
static void on_temp_failing(struct outbound *o, str text)
{
    const str domain = part_domain(o);
    str head;

    if (!str_take_until_text(&text, STR(" seconds: "), &head))
        return;
    if (!str_starts(text, STR("Some recipients"))) /* each was told on a line of its own */
        settle(o, domain, WAITING, DEFERRED, STATUS_DEFERRED, text);
    settle(o, domain, DEFERRED, WAITING, STATUS_NONE, text);
}

static const struct {
    const char *head;
    void (*read)(struct outbound *o, str text);
} heads[] = {
    {"delivered ", on_delivered},
    {"recipient ", on_recipient},
    {"bouncing mail: ", on_bouncing},
    {"Temp failing ", on_temp_failing},
};

static enum line_result outbound_line(struct haraka_state *s, const struct log_line *line, const struct said *said,
                                      struct log_sink *sink)
{
    const size_t dot = str_rfind_char(said->uuid, '.');
    const str whole = str_to(said->uuid, dot);
    str part = dot == STR_NONE ? str_to(said->uuid, 0) : str_from(said->uuid, dot + 1);
    struct outbound o = {.state = s, .line = line, .said = said, .sink = sink};

    if (!str_take_u64(&part, &o.part))
        return LINE_KNOWN;
    o.transaction = transaction_of(s, whole);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        str text = said->text;
        if (str_take(&text, str_of(heads[i].head)))
            heads[i].read(&o, text);
    }
    return sink->count > 0 ? LINE_EVENT : LINE_KNOWN;
}

/* ---- */

static bool is_uuid(str s)
{
    if (s.n == 1 && s.p[0] == '-')
        return true;
    return s.n >= 36 && s.p[8] == '-' && s.p[13] == '-' && s.p[18] == '-' && s.p[23] == '-';
}

int haraka_recognise(const struct log_line *line)
{
    struct said said;
    const str text = line->message;

    if (text.n > 0 && text.p[0] == '[')
        return read_default(text, &said) && is_uuid(said.uuid) ? 100 : 0;
    if (str_starts(text, STR("level=")))
        return str_find(text, STR(" uuid=")) != STR_NONE && str_find(text, STR(" source=")) != STR_NONE ? 100 : 0;
    return text.n > 0 && text.p[0] == '{' && str_find(text, STR("\"uuid\":")) != STR_NONE &&
                   str_find(text, STR("\"source\":")) != STR_NONE && str_find(text, STR("\"level\":")) != STR_NONE
               ? 100
               : 0;
}

enum line_result haraka_parse(void *state, const struct log_line *line, struct log_sink *sink)
{
    struct log_line own = *line;
    struct said said;

    if (line->message.n == 0)
        return LINE_KNOWN;
    if (!read_line(state, line->message, &said, sink->arena))
        return LINE_UNREAD;
    if (!is_uuid(said.uuid))
        return LINE_KNOWN;
    if (said.at_us != CLOCK_NONE) {
        own.at_us = said.at_us;
        own.quality = TIME_EXACT;
        sink->at_us = said.at_us;
    }
    if (str_eq(said.origin, STR("outbound")))
        return outbound_line(state, &own, &said, sink);
    return str_eq(said.origin, STR("core")) ? core_line(state, &own, &said, sink) : LINE_KNOWN;
}

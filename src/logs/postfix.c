#include "logs/postfix.h"

#include "logs/replies.h"

struct log_event *postfix_event(const struct postfix_line *pl, struct log_sink *sink, enum log_kind kind)
{
    struct log_event *e = log_sink_add(sink, pl->line, kind);

    e->instance = pl->instance;
    e->queue_id = pl->queue_id;
    return e;
}

static bool follows(str rest, const char *const *next)
{
    for (; *next; next++)
        if (**next ? str_starts(rest, str_of(*next)) : rest.n == 0)
            return true;
    return false;
}

/* Where the ">" of an address stands that begins with a quoted local part (RFC 5321 4.1.2). */
static size_t quoted_end(str in, const char *const *next)
{
    size_t i = 1;

    while (i < in.n && in.p[i] != '"')
        i += in.p[i] == '\\' ? 2 : 1;
    for (; i < in.n; i++)
        if (in.p[i] == '>' && follows(str_from(in, i + 1), next))
            return i;
    return STR_NONE;
}

static size_t unquoted_end(str in, const char *const *next)
{
    size_t first = STR_NONE;
    bool has_at = false;

    for (size_t i = 0; i < in.n; i++) {
        has_at |= in.p[i] == '@';
        if (in.p[i] != '>' || !follows(str_from(in, i + 1), next))
            continue;
        if (has_at)
            return i;
        if (first == STR_NONE)
            first = i;
    }
    return first;
}

bool postfix_take_address(str *in, const char *const *next, str *address)
{
    size_t end = str_find_char(*in, '>');

    if (end == STR_NONE)
        return false;
    if (in->p[0] == '"' || !follows(str_from(*in, end + 1), next) || !memchr(in->p, '@', end + 1)) {
        end = in->p[0] == '"' ? quoted_end(*in, next) : STR_NONE;
        if (end == STR_NONE)
            end = in->n > 0 && in->p[0] == '>' && follows(str_from(*in, 1), next) ? 0 : unquoted_end(*in, next);
        if (end == STR_NONE)
            return false;
    }
    *address = str_to(*in, end);
    *in = str_from(*in, end + 1);
    return true;
}

/* ---- queue ids (global/mail_queue.h) */

enum { HEX = 1, LONG = 2 };

#define DIGIT (HEX | LONG)
static const unsigned char id_class[256] = {
    ['0'] = DIGIT, ['1'] = DIGIT, ['2'] = DIGIT, ['3'] = DIGIT, ['4'] = DIGIT, ['5'] = DIGIT, ['6'] = DIGIT,
    ['7'] = DIGIT, ['8'] = DIGIT, ['9'] = DIGIT, ['A'] = HEX,   ['B'] = DIGIT, ['C'] = DIGIT, ['D'] = DIGIT,
    ['E'] = HEX,   ['F'] = DIGIT, ['G'] = LONG,  ['H'] = LONG,  ['J'] = LONG,  ['K'] = LONG,  ['L'] = LONG,
    ['M'] = LONG,  ['N'] = LONG,  ['P'] = LONG,  ['Q'] = LONG,  ['R'] = LONG,  ['S'] = LONG,  ['T'] = LONG,
    ['V'] = LONG,  ['W'] = LONG,  ['X'] = LONG,  ['Y'] = LONG,  ['Z'] = LONG,  ['b'] = LONG,  ['c'] = LONG,
    ['d'] = LONG,  ['f'] = LONG,  ['g'] = LONG,  ['h'] = LONG,  ['j'] = LONG,  ['k'] = LONG,  ['l'] = LONG,
    ['m'] = LONG,  ['n'] = LONG,  ['p'] = LONG,  ['q'] = LONG,  ['r'] = LONG,  ['s'] = LONG,  ['t'] = LONG,
    ['v'] = LONG,  ['w'] = LONG,  ['x'] = LONG,  ['y'] = LONG,  ['z'] = LONG,
};
#undef DIGIT

/* Six or more hex digits, or ten or more of the alphabet without vowels. */
static size_t queue_id_length(str text)
{
    unsigned kind = HEX | LONG;
    size_t n = 0;

    while (n < text.n && id_class[(unsigned char)text.p[n]]) {
        kind &= id_class[(unsigned char)text.p[n]];
        n++;
    }
    return ((kind & HEX) && n >= 6) || ((kind & LONG) && n >= 10) ? n : 0;
}

static void take_queue_id(struct postfix_line *pl)
{
    str text = pl->line->message;
    const size_t n = queue_id_length(text);

    pl->queue_id = (str){text.p, 0};
    pl->noqueue = false;
    pl->text = text;
    if (n > 0 && n + 1 < text.n && text.p[n] == ':' && text.p[n + 1] == ' ') {
        pl->queue_id = str_to(text, n);
        pl->text = str_from(text, n + 2);
    } else if (str_take(&text, STR("NOQUEUE: "))) {
        pl->noqueue = true;
        pl->text = text;
    }
}

/* ---- the daemons */

static enum line_result known_line(const struct postfix_line *pl, struct log_sink *sink)
{
    (void)pl;
    (void)sink;
    return LINE_KNOWN;
}

/* "Trusted TLS connection established to mx.example[192.0.2.1]:25: TLSv1.3 with cipher X (256/256 bits) ..." */
static bool tls_line(const struct postfix_line *pl, struct log_sink *sink)
{
    static const struct {
        const char *word;
        enum tls_grade grade;
    } grades[] = {{"Trusted", TLS_TRUSTED}, {"Untrusted", TLS_UNTRUSTED}, {"Verified", TLS_VERIFIED},
                  {"Anonymous", TLS_ANONYMOUS}};
    str text = pl->text, host, ip, version, cipher;
    uint16_t port;

    for (size_t i = 0; i < sizeof grades / sizeof *grades; i++) {
        if (!str_take(&text, str_of(grades[i].word)))
            continue;
        if (!str_take(&text, STR(" TLS connection established to ")) &&
            !str_take(&text, STR(" TLS connection reused to ")))
            return false;
        if (!host_take(&text, &host, &ip, &port) || !str_take(&text, STR(": ")) ||
            !str_take_until(&text, ' ', &version) || !str_take(&text, STR("with cipher ")) ||
            !str_take_word(&text, &cipher))
            return false;
        struct log_event *e = postfix_event(pl, sink, LOG_TLS);
        e->tls = grades[i].grade;
        e->remote_host = host;
        e->remote_ip = ip;
        e->remote_port = port;
        e->tls_version = version;
        e->cipher = cipher;
        return true;
    }
    return false;
}

static enum line_result smtp_line(const struct postfix_line *pl, struct log_sink *sink)
{
    if (pl->text.n > 0 &&
        (pl->text.p[0] == 'T' || pl->text.p[0] == 'U' || pl->text.p[0] == 'V' || pl->text.p[0] == 'A'))
        if (tls_line(pl, sink))
            return LINE_EVENT;
    if (pl->queue_id.n == 0 || !postfix_is_trouble(pl->text))
        return LINE_KNOWN;
    postfix_reply(postfix_event(pl, sink, LOG_REPLY), pl->text);
    return LINE_EVENT;
}

/* "from=<a@b>, size=2345, nrcpt=1 (queue active)", "from=<a@b>, status=expired, returned to sender", "removed" */
static enum line_result qmgr_line(const struct postfix_line *pl, struct log_sink *sink)
{
    static const char *const next[] = {", size=", ", status=", NULL};
    str text = pl->text, sender;
    uint64_t size, recipients;

    if (str_eq(text, STR("removed"))) {
        postfix_event(pl, sink, LOG_REMOVED);
        return LINE_EVENT;
    }
    if (!str_take(&text, STR("from=<")))
        return LINE_KNOWN;
    if (!postfix_take_address(&text, next, &sender))
        return LINE_UNREAD;
    if (str_take(&text, STR(", size="))) {
        if (!str_take_u64(&text, &size) || size > INT64_MAX)
            return LINE_UNREAD;
        struct log_event *e = postfix_event(pl, sink, LOG_QUEUED);
        e->has_sender = true;
        e->envelope_sender = sender;
        e->size_bytes = (int64_t)size;
        if (str_take(&text, STR(", nrcpt=")) && str_take_u64(&text, &recipients) && recipients <= INT32_MAX)
            e->recipients = (int32_t)recipients;
        return LINE_EVENT;
    }
    if (!str_take(&text, STR(", status=")) ||
        (!str_starts(text, STR("expired")) && !str_starts(text, STR("force-expired"))))
        return LINE_KNOWN;
    struct log_event *e = postfix_event(pl, sink, LOG_EXPIRED);
    e->has_sender = true;
    e->envelope_sender = sender;
    return LINE_EVENT;
}

/* A value of smtpd's "client=" line: user names may hold commas, so it ends where a field we know begins. */
static str take_client_field(str *in)
{
    static const char *const next[] = {", sasl_method=", ", sasl_username=", ", sasl_sender=", ", orig_queue_id=",
                                       ", orig_client=", NULL};
    size_t n = 0;

    while (n < in->n && (in->p[n] != ',' || !follows(str_from(*in, n), next)))
        n++;
    const str value = str_to(*in, n);
    *in = str_from(*in, n);
    return value;
}

static enum line_result client_line(const struct postfix_line *pl, struct log_sink *sink)
{
    str text = str_from(pl->text, 7), host, ip;
    uint16_t port;

    if (!host_take(&text, &host, &ip, &port))
        return LINE_UNREAD;
    struct log_event *e = postfix_event(pl, sink, LOG_ACCEPTED);
    e->client_host = host;
    e->client_ip = ip;
    while (text.n > 0) {
        if (str_take(&text, STR(", sasl_username=")))
            e->sasl_user = take_client_field(&text);
        else if (str_take(&text, STR(", orig_queue_id=")))
            e->previous_queue_id = take_client_field(&text);
        else if (str_take_char(&text, ','))
            take_client_field(&text);
        else
            break;
    }
    return LINE_EVENT;
}

static enum line_result smtpd_line(const struct postfix_line *pl, struct log_sink *sink)
{
    if (pl->queue_id.n > 0 && str_starts(pl->text, STR("client=")))
        return client_line(pl, sink);
    if (pl->queue_id.n > 0 || pl->noqueue || str_starts(pl->text, STR("proxy-reject: "))) /* before 2.7 without either */
        return postfix_smtpd_reject(pl, sink);
    return LINE_KNOWN;
}

/* "uid=1000 from=<a@b>[ orig_id=OLD]": mail of this machine, or put back by postsuper -r. */
static enum line_result pickup_line(const struct postfix_line *pl, struct log_sink *sink)
{
    static const char *const next[] = {"", " orig_id=", NULL};
    str text = pl->text, uid, sender;

    if (pl->queue_id.n == 0 || !str_take(&text, STR("uid=")))
        return LINE_KNOWN;
    if (!str_take_until(&text, ' ', &uid) || !str_take(&text, STR("from=<")) ||
        !postfix_take_address(&text, next, &sender))
        return LINE_UNREAD;
    str_take(&text, STR(" orig_id="));
    if (text.n > 0) {
        struct log_event *old = postfix_event(pl, sink, LOG_REMOVED);
        old->queue_id = text;
        old->next_queue_id = pl->queue_id;
    }
    struct log_event *e = postfix_event(pl, sink, LOG_ACCEPTED);
    e->local_client = true;
    e->has_sender = true;
    e->envelope_sender = sender;
    e->previous_queue_id = text;
    return LINE_EVENT;
}

static enum line_result cleanup_line(const struct postfix_line *pl, struct log_sink *sink)
{
    str text = pl->text;

    if (pl->queue_id.n == 0)
        return LINE_KNOWN;
    if (str_take(&text, STR("message-id=")) || str_take(&text, STR("resent-message-id="))) {
        postfix_event(pl, sink, LOG_MESSAGE_ID)->message_id = str_trim(text);
        return LINE_EVENT;
    }
    if (str_starts(text, STR("removed"))) { /* 3.12: "removed (canceled)" */
        postfix_event(pl, sink, LOG_REMOVED);
        return LINE_EVENT;
    }
    return postfix_cleanup_reject(pl, sink);
}

/* "sender non-delivery notification: NEWID", also delay, delivery status, and postmaster's. */
static enum line_result bounce_line(const struct postfix_line *pl, struct log_sink *sink)
{
    str text = pl->text, what;

    if (pl->queue_id.n == 0 || !str_take_until_text(&text, STR(" notification: "), &what) ||
        queue_id_length(text) != text.n || text.n == 0)
        return LINE_KNOWN;
    postfix_event(pl, sink, LOG_NOTIFICATION)->next_queue_id = text;
    return LINE_EVENT;
}

static enum line_result postsuper_line(const struct postfix_line *pl, struct log_sink *sink)
{
    if (pl->queue_id.n == 0 || !str_eq(pl->text, STR("removed")))
        return LINE_KNOWN; /* requeued mail is told by pickup, expired mail by qmgr */
    postfix_event(pl, sink, LOG_REMOVED);
    return LINE_EVENT;
}

static const struct daemon {
    str name;
    enum line_result (*line)(const struct postfix_line *pl, struct log_sink *sink);
    enum transport transport;
} daemons[] = { /* the busy ones first */
#define DAEMON(name) {name, sizeof(name) - 1}
    {DAEMON("smtp"), smtp_line, TRANSPORT_REMOTE},
    {DAEMON("qmgr"), qmgr_line, TRANSPORT_ERROR},
    {DAEMON("smtpd"), smtpd_line, TRANSPORT_ERROR},
    {DAEMON("cleanup"), cleanup_line, TRANSPORT_ERROR},
    {DAEMON("bounce"), bounce_line, TRANSPORT_ERROR},
    {DAEMON("virtual"), known_line, TRANSPORT_LOCAL},
    {DAEMON("local"), known_line, TRANSPORT_LOCAL},
    {DAEMON("lmtp"), smtp_line, TRANSPORT_LOCAL},
    {DAEMON("pipe"), known_line, TRANSPORT_LOCAL},
    {DAEMON("error"), known_line, TRANSPORT_ERROR},
    {DAEMON("discard"), known_line, TRANSPORT_DISCARD},
    {DAEMON("pickup"), pickup_line, TRANSPORT_ERROR},
    {DAEMON("postscreen"), smtpd_line, TRANSPORT_ERROR},
    {DAEMON("postsuper"), postsuper_line, TRANSPORT_ERROR},
    {DAEMON("nqmgr"), qmgr_line, TRANSPORT_ERROR},
    {DAEMON("oqmgr"), qmgr_line, TRANSPORT_ERROR},
    {DAEMON("qmqpd"), smtpd_line, TRANSPORT_ERROR},
    {DAEMON("retry"), known_line, TRANSPORT_ERROR},
    {DAEMON("anvil"), known_line, TRANSPORT_ERROR},
    {DAEMON("dnsblog"), known_line, TRANSPORT_ERROR},
    {DAEMON("flush"), known_line, TRANSPORT_ERROR},
    {DAEMON("master"), known_line, TRANSPORT_ERROR},
    {DAEMON("postalias"), known_line, TRANSPORT_ERROR},
    {DAEMON("postdrop"), known_line, TRANSPORT_ERROR},
    {DAEMON("postfix-script"), known_line, TRANSPORT_ERROR},
    {DAEMON("postlog"), known_line, TRANSPORT_ERROR},
    {DAEMON("postlogd"), known_line, TRANSPORT_ERROR},
    {DAEMON("postmap"), known_line, TRANSPORT_ERROR},
    {DAEMON("postmulti"), known_line, TRANSPORT_ERROR},
    {DAEMON("postqueue"), known_line, TRANSPORT_ERROR},
    {DAEMON("proxymap"), known_line, TRANSPORT_ERROR},
    {DAEMON("scache"), known_line, TRANSPORT_ERROR},
    {DAEMON("sendmail"), known_line, TRANSPORT_ERROR},
    {DAEMON("showq"), known_line, TRANSPORT_ERROR},
    {DAEMON("spawn"), known_line, TRANSPORT_ERROR},
    {DAEMON("tlsmgr"), known_line, TRANSPORT_ERROR},
    {DAEMON("tlsproxy"), known_line, TRANSPORT_ERROR},
    {DAEMON("trivial-rewrite"), known_line, TRANSPORT_ERROR},
    {DAEMON("verify"), known_line, TRANSPORT_ERROR},
#undef DAEMON
};

/* The daemon is the last element of "postfix/submission/smtpd"; NULL for a program that is none of Postfix. */
static const struct daemon *daemon_of(str program, size_t *slash)
{
    size_t at = program.n;

    while (at > 0 && program.p[at - 1] != '/')
        at--;
    if (at == 0)
        return NULL;
    const char *name = program.p + at;
    const size_t n = program.n - at;
    *slash = at - 1;
    for (size_t i = 0; i < sizeof daemons / sizeof *daemons; i++)
        if (daemons[i].name.n == n && daemons[i].name.p[0] == name[0] && memcmp(daemons[i].name.p, name, n) == 0)
            return &daemons[i];
    return NULL;
}

enum { REPEATS_MAX = 10000 };

/*
 * rsyslog: "message repeated 3 times: [ NOQUEUE: reject: ...]". What has a queue id happened once: the same line
 * again is of an address that stands twice in an alias.
 */
static enum line_result repeated_line(struct postfix_line *pl, const struct daemon *daemon, struct log_sink *sink)
{
    str text = pl->text;
    uint64_t times;

    if (!str_take(&text, STR("message repeated ")) || !str_take_u64(&text, &times) ||
        !str_take(&text, STR(" times: [ NOQUEUE: ")) || !str_ends(text, STR("]")) || times > REPEATS_MAX)
        return LINE_KNOWN;
    pl->text = str_to(text, text.n - 1);
    pl->noqueue = true;
    const enum line_result result = daemon->line(pl, sink);
    for (uint64_t i = 1; i < times && sink->count > 0; i++) {
        const struct log_event first = sink->events[0];
        *log_sink_add(sink, pl->line, first.kind) = first;
    }
    return result;
}

int postfix_recognise(const struct log_line *line)
{
    size_t slash;

    return daemon_of(line->program, &slash) ? 100 : 0;
}

enum line_result postfix_parse(void *state, const struct log_line *line, struct log_sink *sink)
{
    size_t slash = 0;
    const struct daemon *daemon = daemon_of(line->program, &slash);
    struct postfix_line pl = {.line = line};

    (void)state;
    if (!daemon) {
        if (line->program.n > 0) /* another program of this syslog */
            return log_line_of_other(line);
        return line->message.n == 0 || str_find(line->message, STR("message repeated ")) != STR_NONE ? LINE_KNOWN
                                                                                                      : LINE_UNREAD;
    }
    const char *first = memchr(line->program.p, '/', slash);
    pl.instance = str_to(line->program, first ? (size_t)(first - line->program.p) : slash);
    pl.transport = daemon->transport;
    take_queue_id(&pl);
    if (pl.queue_id.n == 0 && str_starts(pl.text, STR("message repeated ")))
        return repeated_line(&pl, daemon, sink);
    if (pl.queue_id.n > 0 && str_starts(pl.text, STR("to=<")))
        return postfix_delivery(&pl, str_from(pl.text, 4), sink);
    return daemon->line(&pl, sink);
}

#include "logs/exim.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "logs/kept.h"
#include "logs/replies.h"

enum { PARTS_MAX = 64, PART_BYTES_MAX = 64 * 1024, PACKED_VERSION = 1 };

/* Long lines come through syslog in parts, "[1\3] ...", "[3/3] ...". The state: by process id, what is there so far. */
struct parts {
    struct buf text;
};

static void parts_clear(void *value)
{
    buf_free(&((struct parts *)value)->text);
}

void *exim_state_new(void)
{
    return kept_new(sizeof(struct parts), PARTS_MAX, parts_clear);
}

void exim_state_free(void *state)
{
    kept_free(state);
}

static void pack_one(struct buf *out, const void *value)
{
    kept_add_text(out, buf_str(&((const struct parts *)value)->text));
}

static bool unpack_one(str *in, void *value)
{
    str text;

    if (!kept_take_text(in, &text))
        return false;
    buf_add(&((struct parts *)value)->text, text);
    return true;
}

void exim_pack(const void *state, struct buf *out)
{
    kept_pack(state, PACKED_VERSION, pack_one, out);
}

void exim_unpack(void *state, str packed)
{
    kept_unpack(state, PACKED_VERSION, unpack_one, packed);
}

/* "[2\3] " or "[2/3] ": number, whether the next part continues at once, count. */
static bool take_part(str *in, uint64_t *number, bool *cut, uint64_t *count)
{
    str rest = *in;

    if (!str_take_char(&rest, '[') || !str_take_u64(&rest, number) || rest.n == 0)
        return false;
    *cut = rest.p[0] == '\\';
    if ((!*cut && rest.p[0] != '/') || *number == 0)
        return false;
    rest = str_from(rest, 1);
    if (!str_take_u64(&rest, count) || *number > *count || !str_take(&rest, STR("] ")))
        return false;
    *in = rest;
    return true;
}

/* The whole text once its last part is there; false before. */
static bool join_parts(struct kept *all, uint32_t pid, str *text, struct arena *arena)
{
    uint64_t number, count;
    bool cut;

    if (!take_part(text, &number, &cut, &count))
        return true;
    struct parts *parts = number == 1 ? NULL : kept_find(all, pid);
    struct buf *whole = &(parts ? parts : (struct parts *)kept_put(all, pid))->text;
    buf_add(whole, str_to(*text, whole->n < PART_BYTES_MAX ? PART_BYTES_MAX - whole->n : 0));
    if (number < count && !cut)
        buf_add_char(whole, ' ');
    if (number < count)
        return false;
    *text = arena_str(arena, buf_str(whole));
    kept_drop(all, pid);
    return true;
}

/* ---- the front of a line */

static bool is_stamp(str text)
{
    return text.n > 20 && str_is_digit(text.p[0]) && text.p[4] == '-' && text.p[7] == '-' && text.p[10] == ' ' &&
           text.p[13] == ':' && text.p[16] == ':';
}

/* syslog_timestamp repeats the stamp behind syslog's own. */
static void skip_stamp(str *text)
{
    str rest = *text, word;

    if (!is_stamp(rest))
        return;
    rest = str_from(rest, 11);
    if (!str_take_word(&rest, &word))
        return;
    rest = str_skip_blanks(rest);
    if (rest.n > 5 && (rest.p[0] == '+' || rest.p[0] == '-') && rest.p[5] == ' ')
        rest = str_from(rest, 6);
    *text = rest;
}

static bool skip_pid(str *text, uint32_t *pid)
{
    str rest = *text;
    uint64_t number;

    if (!str_take_char(&rest, '[') || !str_take_u64(&rest, &number) || !str_take(&rest, STR("] ")) ||
        number > UINT32_MAX)
        return false;
    *pid = (uint32_t)number;
    *text = rest;
    return true;
}

static size_t alnum_run(str s)
{
    size_t n = 0;

    while (n < s.n && (str_is_alpha(s.p[n]) || str_is_digit(s.p[n])))
        n++;
    return n;
}

/* 6-6-2 characters, 6-11-4 since 4.97. */
static bool take_id(str *in, str *id)
{
    str rest = *in;
    const size_t a = alnum_run(rest);
    const size_t b = a == 6 && rest.n > 7 && rest.p[6] == '-' ? alnum_run(str_from(rest, 7)) : 0;

    if (b != 6 && b != 11)
        return false;
    const size_t tail = 8 + b, length = tail + (b == 6 ? 2 : 4);
    if (rest.n < length || rest.p[7 + b] != '-' || alnum_run(str_from(rest, tail)) != length - tail ||
        (rest.n > length && rest.p[length] != ' '))
        return false;
    *id = str_to(rest, length);
    *in = str_skip_blanks(str_from(rest, length));
    return true;
}

/* ---- arrivals */

/* Behind " for ": the recipients, each a word. */
static int32_t count_words(str text)
{
    int32_t n = 0;

    for (text = str_skip_blanks(text); text.n > 0 && n < INT32_MAX; text = str_skip_blanks(text), n++)
        if (exim_take_address(&text).n == 0)
            break;
    return n;
}

static void read_recipients(struct log_event *e, str rest)
{
    str from;

    rest = str_skip_blanks(rest);
    if (str_take(&rest, STR("from <")))
        str_take_until_text(&rest, STR("> "), &from);
    if (str_take(&rest, STR("for ")))
        e->recipients = count_words(rest);
}

/* "A=plain:user": the authenticator, then the user. */
static str user_of(str authenticated)
{
    str name;

    return str_take_until(&authenticated, ':', &name) ? authenticated : str_to(authenticated, 0);
}

/* "<= sender H=... P=esmtp S=2585 id=... T="..." from <...> for a b": who brought what. */
static enum line_result arrival(const struct log_line *line, str id, str text, struct log_sink *sink)
{
    struct exim_fields f = {.size_bytes = -1, .queue_ms = -1, .delivery_ms = -1};
    const str sender = exim_take_address(&text);

    if (sender.n == 0)
        return LINE_UNREAD;
    exim_take_fields(&text, &f);
    struct log_event *e = log_sink_add(sink, line, LOG_ACCEPTED);
    e->queue_id = id;
    e->message_id = f.message_id;
    e->client_host = f.host;
    e->client_ip = f.ip;
    e->local_client = !f.has_host;
    e->sasl_user = user_of(f.authenticated);
    e->has_sender = true;
    e->envelope_sender = str_eq(sender, STR("<>")) ? str_to(sender, 0) : sender;
    exim_set_tls(e, &f);
    struct log_event *queued = log_sink_add(sink, line, LOG_QUEUED);
    queued->queue_id = id;
    queued->has_sender = true;
    queued->envelope_sender = str_eq(sender, STR("<>")) ? str_to(sender, 0) : sender;
    queued->size_bytes = f.size_bytes;
    read_recipients(queued, text);
    str failed = f.router, whole = failed; /* "<= <> R=ID": what this bounce speaks of */
    if (str_eq(sender, STR("<>")) && take_id(&whole, &failed)) {
        struct log_event *bounce = log_sink_add(sink, line, LOG_NOTIFICATION);
        bounce->queue_id = failed;
        bounce->next_queue_id = id;
    }
    return LINE_EVENT;
}

/* ---- refusals and hosts that failed on the way */

/* Behind "rejected ": RCPT <r>: text · connection in "connect" ACL: text · after DATA: text */
static enum line_result rejected(const struct log_line *line, str id, const struct exim_fields *f, str text,
                                 bool temporary, struct log_sink *sink)
{
    str recipient = {text.p, 0}, word;
    enum phase phase = PHASE_BODY;

    if (str_take(&text, STR("RCPT "))) {
        phase = PHASE_RCPT;
        if (text.n > 0 && text.p[0] == '<') {
            text = str_from(text, 1);
            recipient = exim_take_address(&text);
            if (recipient.n > 0 && recipient.p[recipient.n - 1] == '>')
                recipient.n--;
        } else {
            recipient = exim_take_address(&text);
        }
    } else if (str_take(&text, STR("connection in "))) {
        phase = PHASE_CONNECT;
    } else if (id.n == 0) {
        return LINE_KNOWN; /* a greeting or a sender: no recipient was named */
    }
    struct log_event *e = log_sink_add(sink, line, LOG_REJECTED);
    if (phase == PHASE_BODY)
        e->queue_id = id;
    if (!str_take(&text, STR(": ")))
        str_take_until_text(&text, STR(": "), &word);
    e->recipient = recipient;
    e->phase = phase;
    e->reply = text;
    if (logged_code(text)) { /* the ACL's own code */
        text = str_from(text, 4);
        esc_take(&text, &e->enhanced_status);
    }
    e->temporary = temporary;
    e->client_host = f->host;
    e->client_ip = f->ip;
    e->has_sender = f->has_sender;
    e->envelope_sender = f->sender;
    return LINE_EVENT;
}

/* "H=... F=<s> rejected RCPT <r>: text", "H=mx.example [192.0.2.1]:25 SMTP error from ...". */
static enum line_result host_line(const struct log_line *line, str id, str text, struct log_sink *sink)
{
    struct exim_fields f = {.size_bytes = -1, .queue_ms = -1, .delivery_ms = -1};

    exim_take_fields(&text, &f);
    text = str_skip_blanks(text);
    if (str_take_char(&text, ':'))
        text = str_skip_blanks(text);
    const bool temporary = str_take(&text, STR("temporarily "));
    if (str_take(&text, STR("rejected ")))
        return rejected(line, id, &f, text, temporary, sink);
    if (id.n == 0 || !f.has_host || !exim_is_trouble(text))
        return LINE_KNOWN;
    struct log_event *e = log_sink_add(sink, line, LOG_REPLY);
    e->queue_id = id;
    e->remote_host = f.host;
    e->remote_ip = f.ip;
    e->remote_port = f.port;
    exim_reply(e, text);
    return LINE_EVENT;
}

/* ---- the table of flags */

static enum line_result id_line(const struct log_line *line, str id, str text, struct log_sink *sink)
{
    static const struct {
        const char *flag;
        enum exim_flag is;
    } flags[] = {{"=> ", EXIM_DELIVERED}, {"-> ", EXIM_DELIVERED}, {">> ", EXIM_DELIVERED},
                 {"== ", EXIM_DEFERRED},  {"** ", EXIM_FAILED}};

    if (str_take(&text, STR("<= ")) || str_take(&text, STR("(= ")))
        return arrival(line, id, text, sink);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (str_take(&text, str_of(flags[i].flag)))
            return exim_delivery(line, id, flags[i].is, text, sink);
    if (str_eq(text, STR("Completed")) || str_starts(text, STR("Completed "))) {
        log_sink_add(sink, line, LOG_REMOVED)->queue_id = id;
        return LINE_EVENT;
    }
    return host_line(line, id, text, sink);
}

int exim_recognise(const struct log_line *line)
{
    static const char *const known[] = {"Start queue run: pid=", "End queue run: pid=", "SMTP connection from ",
                                        "exim 4."};
    str text = line->message, id;
    uint32_t pid;

    skip_stamp(&text);
    skip_pid(&text, &pid);
    if (take_id(&text, &id))
        return 100;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_starts(text, str_of(known[i])))
            return line->program.n == 0 || str_starts(line->program, STR("exim")) ? 60 : 0;
    if (str_starts(line->program, STR("exim")))
        return 60;
    return line->program.n == 0 && line->at_us != CLOCK_NONE && str_find(text, STR(" rejected RCPT ")) != STR_NONE ? 60
                                                                                                                   : 0;
}

enum line_result exim_parse(void *state, const struct log_line *line, struct log_sink *sink)
{
    struct log_line own = *line;
    str text = line->message, id;

    if (line->program.n > 0 && !str_starts(line->program, STR("exim")))
        return log_line_of_other(line); /* another program of this syslog */
    const bool stamped = line->at_us != CLOCK_NONE;
    if (!join_parts(state, line->pid, &text, sink->arena))
        return LINE_KNOWN;
    skip_stamp(&text);
    skip_pid(&text, &own.pid);
    if (take_id(&text, &id))
        return id_line(&own, id, text, sink);
    if (stamped)
        return host_line(&own, str_to(text, 0), text, sink);
    return text.n == 0 || text.p[0] == ' ' || text.p[0] == '\t' ? LINE_KNOWN
                                                                : LINE_UNREAD; /* the rest of a long text */
}

#include "logs/envelope.h"

#include <stdlib.h>

#include "logs/flat_json.h"
#include "logs/journal.h"
#include "logs/stamp.h"

enum { PART_BYTES_MAX = 64 * 1024, DEPTH_MAX = 4 };

enum stream { STREAM_OUT, STREAM_ERR, STREAMS };

struct envelope {
    struct stamps stamps;
    struct journal journal;
    struct buf part[STREAMS]; /* begun by CRI "P" or a Docker record without its LF */
    struct buf whole;         /* the last record that was put together of parts */
    struct buf text;          /* what escapes of JSON stand for */
};

struct envelope *envelope_new(const char *zone)
{
    struct envelope *e = mem_zero(1, sizeof *e);

    e->stamps.zone = zone ? zone_new(zone) : NULL;
    stamps_reset(&e->stamps);
    return e;
}

void envelope_free(struct envelope *e)
{
    if (!e)
        return;
    stamps_free(&e->stamps);
    journal_free(&e->journal);
    for (int i = 0; i < STREAMS; i++)
        buf_free(&e->part[i]);
    buf_free(&e->whole);
    buf_free(&e->text);
    free(e);
}

void envelope_reset(struct envelope *e)
{
    stamps_reset(&e->stamps);
    journal_reset(&e->journal);
    for (int i = 0; i < STREAMS; i++)
        buf_clear(&e->part[i]);
}

void envelope_set_year(struct envelope *e, int year, int month)
{
    stamps_reset(&e->stamps);
    e->stamps.year = year;
    e->stamps.month = month;
}

int envelope_year(const struct envelope *e, int *month)
{
    *month = e->stamps.month;
    return e->stamps.year;
}

/* ---- host program[pid]: message */

/* "postfix/smtp[812]: "; moves nothing when there is no such thing. */
static bool take_tag(str *in, struct log_line *line)
{
    const size_t blank = in->n > 0 ? str_find_char(*in, ' ') : STR_NONE;
    const str word = str_to(*in, blank);
    str name = word, behind;
    uint32_t pid = 0;

    if (name.n > 0 && name.p[name.n - 1] == ':')
        name.n--;
    const size_t bracket = name.n > 0 ? str_find_char(name, '[') : STR_NONE;
    if (bracket != STR_NONE) { /* "rsyslogd[812,3]" */
        behind = str_from(name, bracket + 1);
        name.n = bracket;
        if (behind.n == 0 || str_find_char(behind, ']') != behind.n - 1)
            return false; /* "[x]y": text */
        for (const char *p = behind.p; str_is_digit(*p); p++)
            pid = pid * 10 + (uint32_t)(*p - '0');
    } else if (name.n == word.n) {
        return false; /* a word of the text */
    }
    if (name.n == 0 || str_find_char(name, ':') != STR_NONE)
        return false; /* "a:b" */
    line->program = name;
    line->pid = pid;
    *in = str_from(*in, word.n + 1);
    return true;
}

/* busybox and Solaris write "mail.info" in front of the tag, FreeBSD's syslogd -v "<mail.info>" in front of the host.
 */
static void skip_priority(str *in)
{
    static const char *const severities[] = {"emerg", "alert", "crit",  "err",  "error", "warn",
                                             "warning", "notice", "info", "debug"};
    str rest = *in, word, facility;

    if (str_take_char(&rest, '<') && str_take_until(&rest, '>', &word) && word.n < 20 && str_take_char(&rest, ' ')) {
        *in = rest;
        return;
    }
    rest = *in;
    if (!str_take_word(&rest, &word) || word.n > 20 || !str_take_until(&word, '.', &facility) || facility.n == 0)
        return;
    for (size_t i = 0; i < sizeof severities / sizeof *severities; i++)
        if (str_eq(word, str_of(severities[i])))
            *in = str_skip_blanks(rest);
}

/* The sender's address in front of its name, or its name again: collectors write both. */
static bool take_second_host(str *in, struct log_line *line)
{
    struct log_line own = *line;
    str rest = *in, word;
    size_t n = 0;

    while (n < line->host.n && (str_is_digit(line->host.p[n]) || line->host.p[n] == '.' || line->host.p[n] == ':' ||
                                (line->host.p[n] >= 'a' && line->host.p[n] <= 'f')))
        n++;
    if (!str_take_word(&rest, &word) || (n < line->host.n && !str_eq(word, line->host)) || !str_take_char(&rest, ' ') ||
        !take_tag(&rest, &own) || own.pid == 0)
        return false;
    *line = own;
    line->host = word;
    line->message = rest;
    return true;
}

/* What follows a stamp: [host] [tag] message. A first word that ends in ":" is the tag of a line without host. */
static void take_origin(str rest, struct log_line *line)
{
    const size_t n = rest.n > 0 ? str_find_char(rest, ' ') : STR_NONE;

    line->host = line->program = (str){rest.p, 0};
    line->pid = 0;
    if (rest.n > 0 && rest.p[0] == '<')
        skip_priority(&rest);
    else if (n == STR_NONE || n == 0 || rest.p[n - 1] != ':' || (n > 1 && rest.p[n - 2] == ':')) {
        line->host = n == STR_NONE ? rest : str_to(rest, n);
        rest = n == STR_NONE ? str_from(rest, rest.n) : str_from(rest, n + 1);
        line->message = rest;
        if (take_tag(&line->message, line) || take_second_host(&rest, line))
            return;
        skip_priority(&rest);
    }
    line->message = rest;
    if (line->host.n == 0 && rest.n > 0 && !take_tag(&line->message, line)) {
        str_take_word(&line->message, &line->host);
        line->message = str_skip_blanks(line->message);
    }
    if (line->program.n == 0)
        take_tag(&line->message, line);
}

/* ---- RFC 5424 */

static bool take_structured_data(str *in)
{
    str rest = *in;

    if (str_take_char(&rest, '-')) {
        *in = rest;
        return true;
    }
    while (rest.n > 0 && rest.p[0] == '[') {
        bool quoted = false;
        size_t i = 1;
        for (; i < rest.n && (quoted || rest.p[i] != ']'); i++) {
            if (rest.p[i] == '\\' && quoted)
                i++;
            else if (rest.p[i] == '"')
                quoted = !quoted;
        }
        if (i >= rest.n)
            return false;
        rest = str_from(rest, i + 1);
    }
    if (rest.p == in->p)
        return false;
    *in = rest;
    return true;
}

static str nil_is_empty(str word)
{
    return str_eq(word, STR("-")) ? str_to(word, 0) : word;
}

/* Behind "<22>1 ": RFC 5424 6. */
static bool take_rfc5424(struct envelope *e, str rest, struct log_line *line)
{
    str host, program, pid, id;
    uint64_t number;

    line->at_us = CLOCK_NONE;
    if (!str_take(&rest, STR("- ")) && !stamp_take_iso(&e->stamps, &rest, &line->at_us, &line->quality))
        return false;
    if (!str_take_until(&rest, ' ', &host) || !str_take_until(&rest, ' ', &program) ||
        !str_take_until(&rest, ' ', &pid) || !str_take_until(&rest, ' ', &id) || !take_structured_data(&rest))
        return false;
    str_take_char(&rest, ' ');
    str_take(&rest, STR("\xEF\xBB\xBF"));
    line->host = nil_is_empty(host);
    line->program = nil_is_empty(str_to(program, str_find_char(program, '['))); /* some write "smtp[812]" here, too */
    line->pid = str_take_u64(&pid, &number) && number <= UINT32_MAX ? (uint32_t)number : 0;
    line->message = rest;
    return true;
}

/* ---- containers */

static enum envelope_result peel(struct envelope *e, str text, struct log_line *line, int depth);

/* The time of the outer stamp is exact; the relay's own is preferred only when it is, too. */
static enum envelope_result peel_inner(struct envelope *e, str text, int64_t outer_us, struct log_line *line, int depth)
{
    const enum envelope_result result = peel(e, text, line, depth + 1);

    if (result == ENVELOPE_PART || result == ENVELOPE_NOTE)
        return result;
    if (result == ENVELOPE_NONE)
        take_tag(&line->message, line); /* "postfix/smtp[812]: MSG" without a stamp of its own */
    if (result == ENVELOPE_NONE || line->quality != TIME_EXACT)
        line->at_us = outer_us;
    line->quality = TIME_EXACT;
    return ENVELOPE_LINE;
}

/* One piece of a record that may come in several; the whole one goes on to what it wraps. */
static enum envelope_result add_piece(struct envelope *e, enum stream stream, str piece, bool last, int64_t at_us,
                                      struct log_line *line, int depth)
{
    struct buf *part = &e->part[stream];

    if (last && part->n == 0)
        return peel_inner(e, piece, at_us, line, depth);
    buf_add(part, str_to(piece, part->n < PART_BYTES_MAX ? PART_BYTES_MAX - part->n : 0));
    if (!last)
        return ENVELOPE_PART;
    const struct buf done = *part;
    *part = e->whole;
    part->n = 0;
    e->whole = done;
    return peel_inner(e, buf_str(&done), at_us, line, depth);
}

/* "stdout F MSG" behind the stamp (Kubernetes CRI). */
static bool take_cri(str *in, enum stream *stream, bool *last)
{
    str rest = *in;

    if (str_take(&rest, STR("stdout ")))
        *stream = STREAM_OUT;
    else if (str_take(&rest, STR("stderr ")))
        *stream = STREAM_ERR;
    else
        return false;
    if (rest.n == 0 || (rest.p[0] != 'F' && rest.p[0] != 'P') || (rest.n > 1 && rest.p[1] != ' ' && rest.p[1] != ':'))
        return false;
    *last = rest.p[0] == 'F';
    while (rest.n > 0 && rest.p[0] != ' ') /* tags may follow, "P:x" */
        rest = str_from(rest, 1);
    str_take_char(&rest, ' ');
    *in = rest;
    return true;
}

static enum envelope_result peel_docker(struct envelope *e, str log, str stream, str time, struct log_line *line,
                                        int depth)
{
    const enum stream which = str_eq(stream, STR("\"stderr\"")) ? STREAM_ERR : STREAM_OUT;
    enum log_quality quality;
    int64_t at_us = CLOCK_NONE;
    str stamp = flat_json_text(time, &e->text);
    bool last = false;

    if (!stamp_take_iso(&e->stamps, &stamp, &at_us, &quality))
        return ENVELOPE_NONE;
    if (log.n > 4 && str_ends(log, STR("\\n\"")) && str_find_char(str_to(log, log.n - 3), '\\') == STR_NONE)
        return add_piece(e, which, (str){log.p + 1, log.n - 4}, true, at_us, line, depth); /* no copy */
    str text = flat_json_text(log, &e->text);
    if (text.n > 0 && text.p[text.n - 1] == '\n') {
        last = true;
        text.n -= 1 + (text.n > 1 && text.p[text.n - 2] == '\r');
    }
    return add_piece(e, which, text, last, at_us, line, depth);
}

static bool has_stamp(str text)
{
    int month, day;

    return stamp_yearless(text, &month, &day) ||
           (text.n > 19 && str_is_digit(text.p[0]) && text.p[4] == '-' && text.p[7] == '-' && text.p[13] == ':');
}

/* Docker's syslog driver: the line of a container is the text of "docker/NAME[pid]" or of its id. */
static bool is_container(str program)
{
    size_t n = 0;

    while (n < program.n && (str_is_digit(program.p[n]) || (program.p[n] >= 'a' && program.p[n] <= 'f')))
        n++;
    return str_starts(program, STR("docker/")) || (n == program.n && (n == 12 || n == 64));
}

/* {"@timestamp": "...", "message": "Mar  3 09:05:01 mx1 ..."}: Filebeat, Logstash and their kin, whole lines only. */
static enum envelope_result peel_shipped(struct envelope *e, str message, str time, struct log_line *line, int depth)
{
    enum log_quality quality;
    int64_t at_us = CLOCK_NONE;
    str stamp = flat_json_text(time, &e->text);
    const str text = flat_json_text(message, &e->text);

    if (!has_stamp(text) || !stamp_take_iso(&e->stamps, &stamp, &at_us, &quality))
        return ENVELOPE_NONE;
    const enum envelope_result result = peel(e, text, line, depth + 1); /* shipped later than written: its own time */
    return result == ENVELOPE_NONE ? peel_inner(e, text, at_us, line, depth) : result;
}

/* One JSON object: a record of Docker's json-file driver or of journald. */
static enum envelope_result peel_json(struct envelope *e, str text, struct log_line *line, int depth)
{
    str rest = text, key, value, log = {0}, stream = {0}, time = {0}, message = {0}, shipped = {0};
    str fields[JOURNAL_FIELDS] = {{0}};

    if (!flat_json_open(&rest))
        return ENVELOPE_NONE;
    /* Texts are never longer than what stands for them, so that views of outer texts stay where they are. */
    buf_reserve(&e->text, depth == 0 ? DEPTH_MAX * text.n : text.n);
    while (flat_json_member(&rest, &key, &value)) {
        const enum journal_field field = journal_field_of(key);
        if (field != JOURNAL_FIELDS)
            fields[field] = flat_json_text(value, &e->text);
        else if (str_eq(key, STR("log")))
            log = value;
        else if (str_eq(key, STR("stream")))
            stream = value;
        else if (str_eq(key, STR("time")))
            time = value;
        else if (str_eq(key, STR("message")))
            message = value;
        else if (str_eq(key, STR("@timestamp")))
            shipped = value;
    }
    if (shipped.n > 0 && message.n > 0 && message.p[0] == '"')
        return peel_shipped(e, message, shipped, line, depth);
    if (log.n > 0 && time.n > 0 && log.p[0] == '"')
        return peel_docker(e, log, stream, time, line, depth);
    if (!journal_fill(fields, line))
        return ENVELOPE_NONE;
    if (is_container(line->program) && has_stamp(line->message))
        return peel_inner(e, line->message, line->at_us, line, depth);
    return ENVELOPE_LINE;
}

/* Colours that "docker compose logs" puts around names. */
static bool skip_colour(str *in)
{
    str rest = *in;

    if (!str_take(&rest, STR("\033[")))
        return false;
    while (rest.n > 0 && (str_is_digit(rest.p[0]) || rest.p[0] == ';'))
        rest = str_from(rest, 1);
    if (!str_take_char(&rest, 'm'))
        return false;
    *in = rest;
    return true;
}

/* "mail-1  | " of docker compose, "[pod/mail-0/postfix] " of kubectl logs --prefix. */
static bool skip_container_name(str *in)
{
    str rest = *in, name;
    size_t n = 0;

    if (str_take(&rest, STR("[pod/")) && str_take_until_text(&rest, STR("] "), &name) &&
        str_find_char(name, ' ') == STR_NONE) {
        *in = rest;
        return true;
    }
    rest = *in;
    while (skip_colour(&rest))
        ;
    while (n < rest.n && n < 128 && (str_is_alpha(rest.p[n]) || str_is_digit(rest.p[n]) || rest.p[n] == '-' ||
                                     rest.p[n] == '_' || rest.p[n] == '.'))
        n++;
    rest = str_skip_blanks(str_from(rest, n));
    if (n == 0 || !str_take_char(&rest, '|'))
        return false;
    while (skip_colour(&rest))
        ;
    str_take_char(&rest, ' ');
    *in = rest;
    return true;
}

/* ---- the first character says which of them it can be */

static enum envelope_result peel_iso(struct envelope *e, str text, struct log_line *line, int depth)
{
    enum stream stream;
    int64_t at_us;
    enum log_quality quality;
    bool last;
    struct log_line tagged = {0};

    const bool own = text.n > 10 && text.p[10] == ' '; /* "2026-03-03 09:05:01": not as syslog writes it */
    if (!stamp_take_iso(&e->stamps, &text, &at_us, &quality))
        return ENVELOPE_NONE;
    if (quality == TIME_EXACT && take_cri(&text, &stream, &last))
        return add_piece(e, stream, text, last, at_us, line, depth);
    if (quality == TIME_EXACT && (has_stamp(text) || (text.n > 0 && text.p[0] == '{'))) /* docker logs -t */
        return peel_inner(e, text, at_us, line, depth);
    take_origin(text, &tagged);
    if (tagged.pid == 0 && (own || (text.n > 0 && text.p[0] == '[')))
        tagged =
            (struct log_line){.host = {text.p, 0}, .program = {text.p, 0}, .message = text}; /* the relay's own stamp */
    tagged.at_us = at_us;
    tagged.quality = quality;
    *line = tagged;
    if (is_container(line->program) && has_stamp(line->message))
        return peel(e, line->message, line, depth + 1);
    return ENVELOPE_LINE;
}

static enum envelope_result peel_bsd(struct envelope *e, str text, struct log_line *line, int depth)
{
    if (!stamp_take_bsd(&e->stamps, &text, &line->at_us, &line->quality) &&
        !stamp_take_weekday(&e->stamps, &text, &line->at_us, &line->quality))
        return ENVELOPE_NONE;
    take_origin(text, line);
    if (is_container(line->program) && has_stamp(line->message))
        return peel(e, line->message, line, depth + 1);
    return ENVELOPE_LINE;
}

static enum envelope_result peel_number(struct envelope *e, str text, struct log_line *line, int depth)
{
    str rest = text;

    if (text.n > 5 && text.p[4] == '-')
        return peel_iso(e, text, line, depth);
    if (text.n > 5 && text.p[4] == ' ')
        return peel_bsd(e, text, line, depth);
    if (stamp_take_unix(&rest, &line->at_us)) {
        line->quality = TIME_EXACT;
        take_origin(rest, line);
        if (line->program.n > 0 && line->host.n > 0)
            return ENVELOPE_LINE;
    }
    rest = text;
    uint64_t octets; /* "123 <22>1 ...": framed as on the wire, RFC 6587 3.4.1 */
    if (str_take_u64(&rest, &octets) && str_take_char(&rest, ' ') && rest.n > 0 && rest.p[0] == '<')
        return peel(e, rest, line, depth + 1);
    return ENVELOPE_NONE;
}

static enum envelope_result peel_priority(struct envelope *e, str text, struct log_line *line, int depth)
{
    uint64_t priority;

    if (!str_take_char(&text, '<') || !str_take_u64(&text, &priority) || priority > 191 || !str_take_char(&text, '>'))
        return ENVELOPE_NONE;
    if (str_take(&text, STR("1 ")))
        return take_rfc5424(e, text, line) ? ENVELOPE_LINE : ENVELOPE_NONE;
    return peel(e, text, line, depth + 1);
}

static enum envelope_result peel_kind(struct envelope *e, str text, struct log_line *line, int depth)
{
    const char first = text.p[0];

    if (first >= 'A' && first <= 'Z') {
        const enum envelope_result result = peel_bsd(e, text, line, depth);
        if (result != ENVELOPE_NONE)
            return result;
    }
    if (str_is_digit(first)) {
        const enum envelope_result result = peel_number(e, text, line, depth);
        if (result != ENVELOPE_NONE)
            return result;
    }
    if (first == '<')
        return peel_priority(e, text, line, depth);
    if (first == '{')
        return peel_json(e, text, line, depth);
    if (first == '_' && journal_export_begins(text))
        return journal_export(&e->journal, text, line);
    if (first == '-' && str_starts(text, STR("-- ")) && str_ends(text, STR("--")))
        return ENVELOPE_NOTE; /* "-- Boot 5f3c... --", "-- No entries --" */
    return ENVELOPE_NONE;
}

static enum envelope_result peel(struct envelope *e, str text, struct log_line *line, int depth)
{
    enum envelope_result result = ENVELOPE_NONE;
    str inner = text;

    if (text.n > 0 && depth < DEPTH_MAX)
        result = peel_kind(e, text, line, depth);
    if (result == ENVELOPE_NONE && depth < DEPTH_MAX && text.n > 0 && skip_container_name(&inner))
        return peel(e, inner, line, depth + 1);
    if (result == ENVELOPE_NONE)
        *line = (struct log_line){.at_us = CLOCK_NONE, .host = {text.p, 0}, .program = {text.p, 0}, .message = text};
    return result;
}

enum envelope_result envelope_peel(struct envelope *e, str text, struct log_line *line)
{
    if (e->journal.open)
        return journal_export(&e->journal, text, line);
    e->text.n = 0;
    str_take(&text, STR("\xEF\xBB\xBF")); /* the head of a file that went through Windows */
    return peel(e, text, line, 0);
}

/* ---- years */

/* The text behind priority and container name, where a BSD stamp would stand. */
static str stamp_place(str text)
{
    str rest = text;
    uint64_t priority;

    str_take(&text, STR("\xEF\xBB\xBF"));
    rest = text;
    while (skip_container_name(&text))
        ;
    if (str_take_char(&rest, '<') && str_take_u64(&rest, &priority) && str_take_char(&rest, '>'))
        return rest;
    return text;
}

bool envelope_yearless(str text, int *month, int *day)
{
    return stamp_yearless(stamp_place(text), month, day);
}

int envelope_first_year(str first, str last, int64_t now_us)
{
    int first_month, first_day, last_month, last_day, this_year, m, d;

    if (!envelope_yearless(first, &first_month, &first_day) || !envelope_yearless(last, &last_month, &last_day))
        return 0;
    clock_civil(clock_floor(now_us, CLOCK_DAY) / CLOCK_DAY, &this_year, &m, &d);
    const int year = stamp_newest_year(this_year + 1, last_month, last_day, now_us + CLOCK_DAY);
    /* One day earlier at the end is a late line, more is the turn of the year. */
    const bool turned = first_month > last_month || (first_month == last_month && first_day > last_day + 1);
    return stamp_newest_year(year - turned, first_month, first_day, INT64_MAX);
}

/* parse: what logs and mails say, line by line. No database. */
#include <stdio.h>

#include "base/log.h"
#include "base/zone.h"
#include "bounces/bounces.h"
#include "cli/commands.h"
#include "cli/import_reader.h"
#include "cli/log_reader.h"
#include "cli/mail_reader.h"

struct parse_options {
    bool json;
    bool all;
    bool unread;
    const char *format;
    const char *node;
    const char *zone;
    int64_t year;
};

struct run {
    struct command_context *context;
    const struct parse_options *options;
    struct log_reader_options reading;
    struct classifier *classifier;
    struct mail_reader mails;
    const char *path;
    uint64_t refused;
};

/* ---------------------------------------------------------------- one event */

static const char *event_name(enum log_kind kind)
{
    static const char *const names[] = {
        [LOG_ACCEPTED] = "accepted", [LOG_MESSAGE_ID] = "message_id", [LOG_QUEUED] = "queued",
        [LOG_ATTEMPT] = "attempt",   [LOG_EXPIRED] = "expired",       [LOG_NOTIFICATION] = "notification",
        [LOG_REMOVED] = "removed",   [LOG_REJECTED] = "rejected",     [LOG_TLS] = "tls",
        [LOG_REPLY] = "reply",       [LOG_RETURNED] = "returned",
    };

    return names[kind];
}

static bool is_fate(const struct log_event *e)
{
    return e->kind == LOG_ATTEMPT || e->kind == LOG_RETURNED || e->kind == LOG_REJECTED;
}

static void text_member(struct json_out *to, const char *key, str value)
{
    json_key(to, key);
    json_str_or_none(to, value);
}

/* -1 is "not said". */
static void number_member(struct json_out *to, const char *key, int64_t value)
{
    json_key(to, key);
    if (value >= 0)
        json_int(to, value);
    else
        json_none(to);
}

static void seconds_member(struct json_out *to, const char *key, int32_t ms)
{
    json_key(to, key);
    if (ms >= 0)
        json_double(to, ms / 1000.0);
    else
        json_none(to);
}

/* What --all adds: the rest of a struct log_event. */
static void event_members(struct json_out *to, const struct line *line, const struct log_event *e)
{
    text_member(to, "event", str_of(event_name(e->kind)));
    number_member(to, "offset", (int64_t)line->offset);
    text_member(to, "instance", e->instance);
    text_member(to, "next_queue_id", e->next_queue_id);
    text_member(to, "client_host", e->client_host);
    text_member(to, "client_ip", e->client_ip);
    text_member(to, "sasl_user", e->sasl_user);
    text_member(to, "remote_ip", e->remote_ip);
    number_member(to, "remote_port", e->remote_port ? e->remote_port : -1);
    seconds_member(to, "delay", e->delay_ms);
    seconds_member(to, "delay_queue", e->delay_queue_ms);
    seconds_member(to, "delay_active", e->delay_active_ms);
    seconds_member(to, "delay_connect", e->delay_connect_ms);
    seconds_member(to, "delay_send", e->delay_send_ms);
    number_member(to, "size_bytes", e->size_bytes);
    number_member(to, "recipients", e->recipients);
    number_member(to, "attempt", e->attempt ? (int64_t)e->attempt : -1);
    text_member(to, "tls_version", e->tls_version);
    text_member(to, "cipher", e->cipher);
    text_member(to, "egress", e->egress);
    text_member(to, "stream", e->stream);
    text_member(to, "own_category", e->own_category);
}

static void print_event_json(struct run *run, const struct line *line, const struct log_event *e,
                             const struct record *record)
{
    struct out *out = run->context->out;
    struct json_out to = {.to = &out->buf};

    json_begin_object(&to);
    record_members(&to, record);
    if (run->options->all)
        event_members(&to, line, e);
    json_end_object(&to);
    buf_add_char(&out->buf, '\n');
    out_line_done(out);
}

static void print_event_text(struct run *run, const struct log_event *e, const struct record *record)
{
    char time[CLOCK_TEXT], lead[256];

    const str host = str_to(e->host, 60), queue_id = e->queue_id.n ? str_to(e->queue_id, 40) : STR("-");

    snprintf(lead, sizeof lead, "%s %.*s %.*s %s", e->at_us == CLOCK_NONE ? "-" : clock_text(e->at_us, time),
             STR_ARG(host), STR_ARG(queue_id), event_name(e->kind));
    record_text(run->context->out, str_of(lead), record);
}

static bool print_event(void *self, const struct log_format *format, const struct line *line, const struct log_event *e)
{
    struct run *run = self;

    if (!run->options->all && !is_fate(e))
        return true;
    const struct record record = record_of_event(run->classifier, str_of(run->path), format->name, e);
    if (run->options->json)
        print_event_json(run, line, e, &record);
    else
        print_event_text(run, e, &record);
    return !out_broken(run->context->out);
}

static void print_unread_json(struct run *run, const struct line *line)
{
    struct out *out = run->context->out;
    struct json_out to = {.to = &out->buf};
    const struct record nothing = record_of_nothing(str_of(run->path));

    json_begin_object(&to);
    record_members(&to, &nothing);
    text_member(&to, "event", STR("unread"));
    number_member(&to, "offset", (int64_t)line->offset);
    text_member(&to, "line", line->text);
    json_end_object(&to);
    buf_add_char(&out->buf, '\n');
    out_line_done(out);
}

static void print_unread(void *self, const struct line *line)
{
    struct run *run = self;
    struct out *out = run->context->out;

    if (run->options->json) {
        print_unread_json(run, line);
        return;
    }
    out_show(out, str_of(run->path));
    out_printf(out, ": unread at byte %llu: ", (unsigned long long)line->offset);
    out_show(out, line->text);
    out_add(out, STR("\n"));
    out_line_done(out);
}

/* ---------------------------------------------------------------- one input */

static void print_record(void *self, const struct record *record)
{
    struct run *run = self;

    if (run->options->json)
        record_json(run->context->out, record);
    else
        record_text(run->context->out, record->source, record);
}

static void refuse(void *self, const char *path, const char *why)
{
    struct run *run = self;

    log_say(SAY_ERROR, "%s: %s", path, why);
    run->refused++;
}

static void say_counts(const char *path, const struct log_reader_counts *counts)
{
    log_say(counts->unread > 0 ? SAY_NOTE : SAY_DETAIL,
            "%s: %s, %llu lines: %llu events, %llu irrelevant, %llu unread%s", path, counts->format,
            (unsigned long long)counts->lines, (unsigned long long)counts->events, (unsigned long long)counts->known,
            (unsigned long long)counts->unread, counts->unread > 0 ? " (--unread shows them)" : "");
}

static void read_log(struct run *run, struct input *in, struct err *err)
{
    const struct log_reader_sink sink = {print_event, run->options->unread ? print_unread : NULL, run};
    struct log_reader_counts counts;

    if (!log_reader_read(in, &run->reading, &sink, &counts, err) && err->kind == ERR_INPUT)
        refuse(run, run->path, err->text);
    if (counts.format)
        say_counts(run->path, &counts);
}

static void read_import(struct run *run, struct input *in, const struct import_format *format, struct err *err)
{
    const struct import_reader reader = {run->context->out, run->reading.zone, run->options->json, run->options->unread};
    struct import_counts counts;

    if (!import_reader_read(&reader, in, format, &counts, err) && err->kind == ERR_INPUT)
        refuse(run, run->path, err->text);
    log_say(counts.unread > 0 ? SAY_NOTE : SAY_DETAIL, "%s: %s: %llu records, %llu irrelevant, %llu unread%s", run->path,
            format->name, (unsigned long long)counts.read, (unsigned long long)counts.irrelevant,
            (unsigned long long)counts.unread, counts.unread > 0 ? " (--unread shows them)" : "");
}

/* Lines are a log, unless they are a table or document of figures. */
static void read_lines(struct run *run, struct input *in, str head, struct err *err)
{
    const char *forced = run->options->format;
    const struct import_format *format = forced ? import_format_named(str_of(forced)) : import_format_detect(head);

    if (format)
        read_import(run, in, format, err);
    else
        read_log(run, in, err);
}

static bool visit(void *self, struct input *in, struct err *err)
{
    struct run *run = self;
    const str head = input_peek(in, INPUT_PEEK_BYTES, err);
    const enum content content = run->options->format ? CONTENT_LINES : content_of(head, input_is_maildir(in));

    run->path = input_path(in);
    run->context->out->live = input_is_stdin(in);
    err->kind = ERR_NONE;
    if (content == CONTENT_MAIL || content == CONTENT_MBOX)
        mail_reader_read(&run->mails, in, content);
    else if (content == CONTENT_LINES)
        read_lines(run, in, head, err);
    else
        refuse(run, run->path, content == CONTENT_EMPTY ? "empty" : "neither log nor mail: binary data");
    return err->kind != ERR_IO && err->kind != ERR_SIGNAL && !out_broken(run->context->out);
}

/* ---------------------------------------------------------------- the command */

static int walk(struct run *run)
{
    const struct input_visitor visitor = {visit, refuse, run};
    const struct arguments *args = &run->context->args;
    struct err err = {0};

    mail_reader_start(&run->mails, run->classifier);
    run->mails.each = print_record;
    run->mails.self = run;
    input_walk(args->items, args->count, &visitor, &err);
    run->refused += run->mails.refused;
    mail_reader_end(&run->mails);
    if (err.kind != ERR_NONE && err.kind != ERR_INPUT)
        return command_fail(run->context, &err);
    return run->refused > 0 ? EXIT_INPUT : EXIT_DONE;
}

static int check_options(struct run *run)
{
    const struct parse_options *o = run->options;
    const char *zone = o->zone ? o->zone : run->context->config->ingest_zone;
    struct zone *known = zone ? zone_new(zone) : NULL;

    if (zone && !known)
        return command_misuse(run->context, "there is no time zone \"%s\"", zone);
    zone_free(known);
    if (o->format && !log_format_named(str_of(o->format)) && !import_format_named(str_of(o->format)))
        return command_misuse(run->context, "there is no log format \"%s\": rebound formats lists them", o->format);
    if (o->year && (o->year < 1970 || o->year > 9999))
        return command_misuse(run->context, "--year wants a year from 1970 on");
    run->reading = (struct log_reader_options){
        .format = o->format ? log_format_named(str_of(o->format)) : NULL,
        .year = (int)o->year,
        .zone = zone,
        .node = o->node,
    };
    return EXIT_DONE;
}

static int run_parse(struct command_context *context)
{
    struct run run = {.context = context, .options = context->options};
    int status = check_options(&run);
    struct err err;

    if (status)
        return status;
    run.classifier = classifier_new(context->config->rules, &err);
    if (!run.classifier)
        return command_fail(context, &err);
    bounces_start();
    status = walk(&run);
    bounces_stop();
    classifier_free(run.classifier);
    return status;
}

#define AT(member) offsetof(struct parse_options, member)
static const struct option options[] = {
    {0, "json", NULL, "one JSON object a line", OPT_FLAG, AT(json)},
    {0, "all", NULL, "also the lines that lead up to an attempt: accepted, queued, removed ...", OPT_FLAG, AT(all)},
    {0, "unread", NULL, "also the lines that would not read", OPT_FLAG, AT(unread)},
    {0, "format", "NAME", "the format of the logs (default: found out for each input)", OPT_TEXT, AT(format)},
    {0, "node", "NAME", "host of lines that name none (default: local)", OPT_TEXT, AT(node)},
    {0, "year", "YYYY", "year of the first line, where stamps have none (default: found out)", OPT_NUMBER, AT(year)},
    {0, "timezone", "ZONE", "of stamps that have none, as Europe/Berlin (default: UTC)", OPT_TEXT, AT(zone)},
};

const struct command command_parse = {
    .name = "parse",
    .args = "PATH...",
    .summary = "Show what logs and mails say, without a database",
    .manual = "Reads relay logs, mails, mboxes, Maildirs and folders, compressed or not; the format is found out for "
              "each input. Prints one line for each attempt, refusal, bounce and complaint. Of files of Microsoft SNDS, "
              "Google Postmaster Tools and SMTP TLS reports, each figure.\n\n"
              "  rebound parse /var/log/mail.log\n"
              "  journalctl -o json -u postfix@- | rebound parse --json -",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .options_bytes = sizeof(struct parse_options),
    .least_args = 1,
    .most_args = SIZE_MAX,
    .run = run_parse,
};

/* classify: returned mails, or bare reply texts, into verdicts. No database. */
#include "base/log.h"
#include "bounces/bounces.h"
#include "cli/commands.h"
#include "cli/mail_reader.h"
#include "intake/lines.h"

struct classify_options {
    bool json;
    bool text;
};

struct run {
    struct command_context *context;
    const struct classify_options *options;
    struct classifier *classifier;
    struct mail_reader mails;
    uint64_t refused;
};

/* ---------------------------------------------------------------- mails */

static void print_record(void *self, const struct record *record)
{
    struct run *run = self;

    if (run->options->json)
        record_json(run->context->out, record);
    else
        record_text(run->context->out, record->source, record);
}

/* Whoever asks about a file says that it is a mail: only an mbox is told apart. */
static bool visit_mails(void *self, struct input *in, struct err *err)
{
    struct run *run = self;
    const str head = input_peek(in, INPUT_PEEK_BYTES, err);
    const bool mbox = content_of(head, input_is_maildir(in)) == CONTENT_MBOX;

    mail_reader_read(&run->mails, in, mbox ? CONTENT_MBOX : CONTENT_MAIL);
    return !out_broken(run->context->out);
}

/* ---------------------------------------------------------------- reply texts, one a line */

/* A line break is written \n in a line of text: replies of several lines. */
static str with_breaks(str text, struct arena *arena)
{
    char *to = arena_alloc(arena, text.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '\\' && i + 1 < text.n && text.p[i + 1] == 'n') {
            to[n++] = '\n';
            i++;
        } else {
            to[n++] = text.p[i];
        }
    return (str){to, n};
}

struct text_line {
    uint64_t number;
    str text;     /* as given */
    str provider; /* behind a TAB; "" none */
};

static void member(struct json_out *to, const char *key, str value)
{
    json_key(to, key);
    json_str_or_none(to, value);
}

static void text_json(struct out *out, const struct text_line *line, const struct verdict *v)
{
    struct json_out to = {.to = &out->buf};
    char status[ESC_TEXT];

    json_begin_object(&to);
    json_key(&to, "line");
    json_int(&to, (int64_t)line->number);
    json_key(&to, "text");
    json_str(&to, line->text);
    member(&to, "category", v->category);
    member(&to, "severity", v->severity);
    member(&to, "fault", v->fault);
    member(&to, "enhanced_status", str_of(esc_text(v->enhanced_status, status)));
    json_key(&to, "reply_code");
    if (v->reply_code > 0)
        json_int(&to, v->reply_code);
    else
        json_none(&to);
    member(&to, "provider", line->provider);
    member(&to, "blocklist", v->blocklist);
    member(&to, "rule", v->rule);
    json_end_object(&to);
    buf_add_char(&out->buf, '\n');
    out_line_done(out);
}

static void text_plain(struct out *out, const struct text_line *line, const struct verdict *v)
{
    out_printf(out, "%llu: %.*s (%.*s, fault: %.*s): ", (unsigned long long)line->number, STR_ARG(v->category),
               STR_ARG(v->severity), STR_ARG(v->fault));
    out_show(out, line->text);
    out_add(out, STR("\n"));
    out_line_done(out);
}

/* Replies hold TABs themselves: what stands behind the last one is a provider when it looks like an id. */
static void split_provider(struct text_line *line)
{
    const size_t tab = str_rfind_char(line->text, '\t');

    if (tab == STR_NONE)
        return;
    const str id = str_trim(str_from(line->text, tab + 1));
    for (size_t i = 0; i < id.n; i++)
        if (!str_is_alpha(id.p[i]) && !str_is_digit(id.p[i]) && !strchr("_-.", id.p[i]))
            return;
    line->provider = id;
    line->text = str_to(line->text, tab);
}

static void judge_text(struct run *run, struct text_line *line)
{
    struct verdict verdict;

    split_provider(line);
    arena_reset(run->mails.arena);
    const struct classify_input in = {
        .text = with_breaks(line->text, run->mails.arena),
        .provider = line->provider,
    };
    classify_text(run->classifier, &in, &verdict);
    if (run->options->json)
        text_json(run->context->out, line, &verdict);
    else
        text_plain(run->context->out, line, &verdict);
}

static bool visit_texts(void *self, struct input *in, struct err *err)
{
    struct run *run = self;
    struct lines *lines = lines_new();
    struct line line;
    struct text_line text = {0};
    ssize_t got = 0;

    run->context->out->live = input_is_stdin(in);
    lines_start(lines, in, NULL);
    while (!out_broken(run->context->out)) {
        got = lines_next(lines, &line, 1, err);
        if (got < 0 || (got == 0 && !lines_rest(lines, &line)))
            break;
        text = (struct text_line){text.number + 1, line.text, {"", 0}};
        judge_text(run, &text);
    }
    if (!out_broken(run->context->out) && got < 0) {
        log_say(SAY_ERROR, "%s: %s", input_path(in), err->text);
        run->refused++;
    }
    lines_free(lines);
    return !out_broken(run->context->out);
}

/* ---------------------------------------------------------------- the command */

static void refuse(void *self, const char *path, const char *why)
{
    struct run *run = self;

    log_say(SAY_ERROR, "%s: %s", path, why);
    run->refused++;
}

static int walk(struct run *run)
{
    const struct input_visitor visitor = {run->options->text ? visit_texts : visit_mails, refuse, run};
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

static int run_classify(struct command_context *context)
{
    struct run run = {.context = context, .options = context->options};
    struct err err;

    run.classifier = classifier_new(context->config->rules, &err);
    if (!run.classifier)
        return command_fail(context, &err);
    bounces_start();
    const int status = walk(&run);
    bounces_stop();
    classifier_free(run.classifier);
    return status;
}

#define AT(member) offsetof(struct classify_options, member)
static const struct option options[] = {
    {0, "json", NULL, "one JSON object a line", OPT_FLAG, AT(json)},
    {0, "text", NULL, "the input is reply texts, one a line", OPT_FLAG, AT(text)},
};

const struct command command_classify = {
    .name = "classify",
    .args = "PATH...",
    .summary = "Say why mails came back, without a database",
    .manual = "Reads mails, mboxes, Maildirs and folders, compressed or not, and prints one line for each failed "
              "recipient, complaint or other verdict: what happened, why, how badly, and whose fault it was.\n\n"
              "With --text each line is the text of a reply; \\n stands for a line break, and a provider's id may "
              "follow behind a TAB.\n\n"
              "  rebound classify --json ~/Maildir/.bounces\n"
              "  echo '550 5.1.1 User unknown' | rebound classify --text -",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .options_bytes = sizeof(struct classify_options),
    .least_args = 1,
    .most_args = SIZE_MAX,
    .run = run_classify,
};

/* rebound: global options, one command, its exit status. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/stop.h"
#include "cli/bar.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/nearest.h"

/* One write a message, so that lines of two threads or processes do not mix. */
static void to_stderr(void *self, enum log_level level, str line)
{
    struct buf text = {0};
    (void)self;
    (void)level;

    bar_wipe();
    buf_printf(&text, "rebound: %.*s\n", STR_ARG(line));
    const ssize_t written = write(STDERR_FILENO, text.p, text.n);
    (void)written; /* nobody left to tell */
    buf_free(&text);
}

/* Whoever started us without 0, 1 or 2 must not find our files written to. */
static void fill_standard_files(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}

static void end_at_once(int signal_number)
{
    _exit(128 + signal_number);
}

/* Without a database there is nothing to roll back. The second signal ends in any case. */
static void catch_signals(bool roll_back)
{
    struct sigaction action = {.sa_handler = roll_back ? stop_request : end_at_once};

    action.sa_flags = (int)SA_RESETHAND;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static int print(struct out *out, void (*write_help)(struct buf *to))
{
    struct buf text = {0};

    write_help(&text);
    out_add(out, buf_str(&text));
    buf_free(&text);
    return EXIT_DONE;
}

static int print_command_help(struct out *out, const struct command *command, const struct command *verb)
{
    struct buf text = {0};

    help_command(&text, command, verb);
    out_add(out, buf_str(&text));
    buf_free(&text);
    return EXIT_DONE;
}

static int unknown_command(const char *word)
{
    struct nearest nearest = nearest_start(str_of(word));

    for (size_t i = 0; i < command_count; i++)
        nearest_offer(&nearest, commands[i]->name);
    if (nearest.best)
        log_say(SAY_ERROR, "there is no command \"%s\": did you mean \"%s\"?", word, nearest.best);
    else
        log_say(SAY_ERROR, "there is no command \"%s\" (see rebound --help)", word);
    return EXIT_USAGE;
}

static int unknown_verb(const struct command *command, const char *word)
{
    struct nearest nearest = nearest_start(str_of(word ? word : ""));

    for (size_t i = 0; word && i < command->verb_count; i++)
        nearest_offer(&nearest, command->verbs[i].name);
    if (!word)
        log_say(SAY_ERROR, "%s wants a verb (see rebound %s --help)", command->name, command->name);
    else if (nearest.best)
        log_say(SAY_ERROR, "%s has no verb \"%s\": did you mean \"%s\"?", command->name, word, nearest.best);
    else
        log_say(SAY_ERROR, "%s has no verb \"%s\" (see rebound %s --help)", command->name, word, command->name);
    return EXIT_USAGE;
}

/* The configuration, and a command that may look at the trouble with it. */
static int run_command(struct command_context *context)
{
    const struct command *command = context->command;
    struct config *config = config_read(context->global.config, &context->config_trouble);
    int status;

    context->config = config;
    if (!config && !command->without_config) {
        status = command_fail(context, &context->config_trouble);
    } else {
        catch_signals(command->uses_database);
        status = command->run(context);
    }
    config_free(config);
    return status;
}

static int check_count(const struct command_context *context)
{
    const struct command *command = context->command;

    if (context->args.count < command->least_args)
        return command_misuse(context, "%s wants %s", context->name, command->args);
    if (context->args.count > command->most_args)
        return command_misuse(context, "%s does not want \"%s\"", context->name,
                              context->args.items[command->most_args]);
    return EXIT_DONE;
}

static void choose_messages(const struct global_options *global)
{
    log_to(to_stderr, NULL, global->quiet ? SAY_WARNING : global->verbose ? SAY_DETAIL : SAY_NOTE);
}

/* words: what follows the command's name (and verb). */
static int parse_and_run(struct command_context *context, const struct command *top, struct arguments words)
{
    const struct command *command = context->command;
    const struct command *verb = command == top ? NULL : command;

    context->options = arena_alloc(context->arena, command->options_bytes + 1);
    const struct option_table tables[] = {
        {global_option_rows, global_option_count, &context->global},
        {command->options, command->option_count, context->options},
    };
    struct err err;

    if (!options_parse(words.items, words.count, tables, 2, false, context->arena, &context->args, &err))
        return command_misuse(context, "%s", err.text);
    choose_messages(&context->global);
    if (context->global.help)
        return print_command_help(context->out, top, verb);
    const int status = check_count(context);
    return status ? status : run_command(context);
}

/* "db -q status --help": options may stand between a command and its verb. */
static int dispatch_verb(struct command_context *context, const struct command *top, struct arguments words)
{
    const struct option_table table = {global_option_rows, global_option_count, &context->global};
    const struct command *verb;
    struct err err;

    if (!options_parse(words.items, words.count, &table, 1, true, context->arena, &words, &err))
        return command_misuse(context, "%s", err.text);
    verb = words.count > 0 ? command_verb(top, str_of(words.items[0])) : NULL;
    if (!verb && context->global.help)
        return print_command_help(context->out, top, NULL);
    if (!verb)
        return unknown_verb(top, words.count > 0 ? words.items[0] : NULL);
    context->command = verb;
    context->name = arena_printf(context->arena, "%s %s", top->name, verb->name).p;
    return parse_and_run(context, top, (struct arguments){words.items + 1, words.count - 1});
}

static int dispatch(struct command_context *context, struct arguments words)
{
    const struct command *top = command_named(str_of(words.items[0]));

    if (!top)
        return unknown_command(words.items[0]);
    context->command = top;
    context->name = top->name;
    words = (struct arguments){words.items + 1, words.count - 1};
    return top->verb_count > 0 ? dispatch_verb(context, top, words) : parse_and_run(context, top, words);
}

static int print_completion(const struct command_context *context)
{
    struct buf text = {0};

    help_completion(&text, context->global.completion);
    out_add(context->out, buf_str(&text));
    buf_free(&text);
    return EXIT_DONE;
}

static int run(struct command_context *context, const char *const *args, size_t count)
{
    const struct option_table table = {global_option_rows, global_option_count, &context->global};
    struct arguments words;
    struct err err;

    if (!options_parse(args, count, &table, 1, true, context->arena, &words, &err)) {
        log_say(SAY_ERROR, "%s (see rebound --help)", err.text);
        return EXIT_USAGE;
    }
    choose_messages(&context->global);
    if (context->global.man)
        return print(context->out, help_manual);
    if (context->global.completion)
        return print_completion(context);
    if (context->global.version)
        return print(context->out, help_version);
    if (words.count > 0 && strcmp(words.items[0], "help") == 0) { /* what people type first */
        context->global.help = true;
        words = (struct arguments){words.items + 1, words.count - 1};
    }
    if (words.count > 0)
        return dispatch(context, words);
    return print(context->out, context->global.help ? help_all : help_overview);
}

int main(int argc, char **argv)
{
    struct out out;
    struct command_context context = {.arena = arena_new(), .out = &out};
    bool gone;

    fill_standard_files();
    signal(SIGPIPE, SIG_IGN); /* write() says EPIPE instead */
    log_to(to_stderr, NULL, SAY_NOTE);
    out_start(&out, STDOUT_FILENO);
    int status = run(&context, (const char *const *)argv + 1, argc > 0 ? (size_t)argc - 1 : 0);
    const int written = out_finish(&out, &gone);
    if (gone && status == EXIT_INPUT)
        status = EXIT_DONE;
    arena_free(context.arena);
    return status == EXIT_DONE || status == EXIT_INPUT ? (written ? written : status) : status;
}

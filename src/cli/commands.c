/* The commands of rebound: one row each, sorted by name. A command that does not work yet has no row. */
#include "cli/commands.h"

#include "cli/nearest.h"

const struct command *const commands[] = {
    &command_classify,
    &command_db,
    &command_doctor,
    &command_formats,
    &command_ingest,
    &command_parse,
    &command_reclassify,
    &command_report,
    &command_rules,
    &command_serve,
    &command_suppression,
    &command_token,
    &command_trace,
    &command_version,
    &command_why,
};
const size_t command_count = sizeof commands / sizeof *commands;

#define AT(member) offsetof(struct global_options, member)
const struct option global_option_rows[] = {
    {0, "config", "FILE", "the configuration (default: ~/.config/rebound/rebound.conf, /etc/rebound/rebound.conf)",
     OPT_TEXT, AT(config)},
    {0, "database", "CONNINFO", "the PostgreSQL to use (default: a private one, made when needed)", OPT_TEXT,
     AT(database)},
    {'q', "quiet", NULL, "warnings and errors only, no progress bar", OPT_FLAG, AT(quiet)},
    {'v', "verbose", NULL, "say more", OPT_FLAG, AT(verbose)},
    {'h', "help", NULL, "show this and end", OPT_FLAG, AT(help)},
    {0, "version", NULL, "show the version and end", OPT_FLAG, AT(version)},
    {0, "completion", "bash|zsh|fish", "print completion for this shell and end", OPT_CHOICE, AT(completion)},
    {0, "man", NULL, NULL, OPT_FLAG, AT(man)},
};
const size_t global_option_count = sizeof global_option_rows / sizeof *global_option_rows;

const struct command *command_named(str name)
{
    for (size_t i = 0; i < command_count; i++)
        if (str_eq(name, str_of(commands[i]->name)))
            return commands[i];
    return NULL;
}

const struct command *command_verb(const struct command *command, str name)
{
    for (size_t i = 0; i < command->verb_count; i++)
        if (str_eq(name, str_of(command->verbs[i].name)))
            return &command->verbs[i];
    return NULL;
}

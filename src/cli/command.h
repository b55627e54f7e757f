/*
 * command - what a command of rebound is: one file cmd_NAME.c, one row in commands.c.
 *
 * A command has a table of options that fill a struct of its own, or verbs ("db status"), which are
 * commands again. run() answers the exit status; on an error it answers command_fail().
 *
 * Ownership  everything in the context belongs to main() and lives until the program ends; texts that a
 *            command makes go into context->arena.
 * Exit       EXIT_DONE ... as INTERFACE says; 128 + signal when the operator stopped us.
 */
#pragma once
#include "cli/config.h"
#include "cli/options.h"
#include "cli/out.h"

enum {
    EXIT_DONE = 0,
    EXIT_INPUT = 1, /* an input set aside, nothing found, a guard said no */
    EXIT_USAGE = 2, /* command line or configuration */
    EXIT_DATABASE = 3,
    EXIT_SYSTEM = 4, /* output, disk */
};

struct command_context;

struct command {
    const char *name;
    const char *args;    /* as shown in the usage: "PATH..."; NULL: takes none */
    const char *summary; /* one line, no full stop */
    const char *manual;  /* paragraphs for --help and the manual page; NULL: the summary says it all */
    const struct option *options;
    size_t option_count;
    size_t options_bytes;         /* of the struct that the options fill: zeroed, then at context->options */
    size_t least_args, most_args; /* SIZE_MAX: any number */
    bool uses_database;           /* on a signal: roll back first. Others end at once */
    bool without_config;          /* runs although the configuration is broken; context->config is NULL then */
    int (*run)(struct command_context *context);
    const struct command *verbs;
    size_t verb_count;
};

struct global_options {
    const char *config;
    const char *database;
    bool quiet, verbose;
    bool help, version, man;
    const char *completion;
};

struct command_context {
    const struct command *command;
    const char *name; /* with the verb: "db status" */
    void *options;
    struct arguments args;
    struct global_options global;
    const struct config *config; /* NULL only for commands without_config when there is trouble with it */
    struct err config_trouble;   /* for doctor */
    struct arena *arena;
    struct out *out;
};

extern const struct command *const commands[]; /* sorted by name */
extern const size_t command_count;
extern const struct option global_option_rows[];
extern const size_t global_option_count;

const struct command *command_named(str name);
const struct command *command_verb(const struct command *command, str name);

/* Says the error and answers its exit status. */
int command_fail(const struct command_context *context, const struct err *err);
int command_status(const struct err *err); /* the same without a word */
/* "rebound NAME: ..." about a wrong command line. Answers EXIT_USAGE. */
int command_misuse(const struct command_context *context, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The database: --database, REBOUND_DATABASE, `database` of the configuration, else the private cluster. */
struct db;
enum database_source { DATABASE_OPTION, DATABASE_ENVIRONMENT, DATABASE_CONFIG, DATABASE_PRIVATE };
/* NULL when it is the private cluster, which is not touched. */
const char *context_conninfo(const struct command_context *context, enum database_source *source);
/* Opens it (making and starting the private cluster when need be) and brings the schema to this program's version. */
struct db *context_db(const struct command_context *context, struct err *err);
/* Brings schema and reference rows of an open database to this program's version. */
bool context_upgrade(const struct command_context *context, struct db *db, struct err *err);
bool context_reference(struct arena *arena, struct db *db, struct err *err); /* its second half */
/* The secret of hashed addresses, where there is one; the two functions that open a database see to it themselves. */
bool context_address_key(const struct command_context *context, struct err *err);
/* Opens it as it is: no cluster is made, no schema changed. NULL with ERR_DB when it is not there. */
struct db *context_db_as_it_is(const struct command_context *context, struct err *err);

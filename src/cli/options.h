/*
 * options - the command line, declared in tables (GLib's GOption reads it; this file is its door).
 *
 * One row says everything about an option; usage, --help, shell completion and the manual page are
 * printed from the same rows (cli/help.h). A command fills a struct of its own:
 *
 *     #define AT(member) offsetof(struct report_opts, member)
 *     {'f', "format", "text|csv|json", "how to write it (default: text)", OPT_CHOICE, AT(format)},
 *
 * Ownership  texts put into the struct live in the arena given to options_parse().
 * Errors     ERR_CONFIG (exit 2), naming the option and, where one is close, the one that was meant.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

enum option_type {
    OPT_FLAG,     /* bool; takes no value */
    OPT_TEXT,     /* const char *; NULL when not given */
    OPT_TEXTS,    /* struct texts: may be given several times */
    OPT_NUMBER,   /* int64_t, 0 or more */
    OPT_DURATION, /* int64_t microseconds, written 90s 15m 36h 7d 4w */
    OPT_CHOICE,   /* const char *: one of the words in arg, "text|csv|json" */
};

struct option {
    char letter;      /* 0: no short form */
    const char *name; /* long form without -- */
    const char *arg;  /* how the value is called, NULL for flags */
    const char *help; /* NULL: works, but is not shown */
    enum option_type type;
    size_t at; /* where in the struct it is put */
};

struct texts {
    const char **items;
    size_t count;
};

struct option_table {
    const struct option *rows;
    size_t count;
    void *into; /* the struct its rows speak of */
};

struct arguments { /* what is left when the options are taken */
    const char *const *items;
    size_t count;
};

/* Reads args[0..count). stop_at_word: ends at the first argument that is no option, for "rebound -q COMMAND ...". */
bool options_parse(const char *const *args, size_t count, const struct option_table *tables, size_t table_count,
                   bool stop_at_word, struct arena *arena, struct arguments *rest, struct err *err);

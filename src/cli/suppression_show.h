/*
 * suppression_show - the suppression list and its history on the terminal, as JSON and as CSV for people.
 *
 * Private to cmd_suppression.c; the options of all its verbs are one struct.
 */
#pragma once
#include "cli/command.h"
#include "suppress/list.h"

struct suppression_options {
    const char *format, *state, *scope, *reason, *kind, *provider, *grade, *note, *now, *target, *output;
    int64_t ttl_us, top;
    bool dry_run, force;
};

bool show_list(struct command_context *context, struct db *db, struct err *err);
bool show_history(struct command_context *context, struct db *db, struct err *err);

/*
 * cmd_rules_history - the verbs of `rules` that look into the database: stats, unclassified, suggest.
 */
#pragma once
#include "cli/command.h"

struct rules_history_options {
    const char *format;
    int64_t top;
    bool share;
};

enum { RULES_STATS_OPTIONS = 2, RULES_UNCLASSIFIED_OPTIONS = 3, RULES_SUGGEST_OPTIONS = 2 };
extern const struct option rules_stats_options[RULES_STATS_OPTIONS];
extern const struct option rules_unclassified_options[RULES_UNCLASSIFIED_OPTIONS];
extern const struct option rules_suggest_options[RULES_SUGGEST_OPTIONS];

int run_rules_stats(struct command_context *context);
int run_rules_unclassified(struct command_context *context);
int run_rules_suggest(struct command_context *context);

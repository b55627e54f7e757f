/*
 * commands - the rows of the command table; each is defined in its cmd_NAME.c.
 */
#pragma once
#include "cli/command.h"

extern const struct command command_classify;
extern const struct command command_db;
extern const struct command command_doctor;
extern const struct command command_formats;
extern const struct command command_ingest;
extern const struct command command_parse;
extern const struct command command_reclassify;
extern const struct command command_report;
extern const struct command command_rules;
extern const struct command command_serve;
extern const struct command command_suppression;
extern const struct command command_token;
extern const struct command command_trace;
extern const struct command command_version;
extern const struct command command_why;

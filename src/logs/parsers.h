/*
 * parsers - the functions behind the rows of log_formats[], one file a format.
 *
 * The contract of both is in logs/formats.h.
 */
#pragma once
#include "logs/formats.h"

int postfix_recognise(const struct log_line *line);
enum line_result postfix_parse(void *state, const struct log_line *line, struct log_sink *sink);

int exim_recognise(const struct log_line *line);
enum line_result exim_parse(void *state, const struct log_line *line, struct log_sink *sink);
void *exim_state_new(void);
void exim_state_free(void *state);

int sendmail_recognise(const struct log_line *line);
enum line_result sendmail_parse(void *state, const struct log_line *line, struct log_sink *sink);
void *sendmail_state_new(void);
void sendmail_state_free(void *state);

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
void exim_pack(const void *state, struct buf *out);
void exim_unpack(void *state, str packed);

int sendmail_recognise(const struct log_line *line);
enum line_result sendmail_parse(void *state, const struct log_line *line, struct log_sink *sink);
void *sendmail_state_new(void);
void sendmail_state_free(void *state);
void sendmail_pack(const void *state, struct buf *out);
void sendmail_unpack(void *state, str packed);

int kumomta_recognise(const struct log_line *line);
enum line_result kumomta_parse(void *state, const struct log_line *line, struct log_sink *sink);

int powermta_recognise(const struct log_line *line);
enum line_result powermta_parse(void *state, const struct log_line *line, struct log_sink *sink);
void *powermta_state_new(void);
void powermta_state_free(void *state);

int ses_recognise(const struct log_line *line);
enum line_result ses_parse(void *state, const struct log_line *line, struct log_sink *sink);

int sendgrid_recognise(const struct log_line *line);
enum line_result sendgrid_parse(void *state, const struct log_line *line, struct log_sink *sink);

int mailgun_recognise(const struct log_line *line);
enum line_result mailgun_parse(void *state, const struct log_line *line, struct log_sink *sink);

int postmark_recognise(const struct log_line *line);
enum line_result postmark_parse(void *state, const struct log_line *line, struct log_sink *sink);

int sparkpost_recognise(const struct log_line *line);
enum line_result sparkpost_parse(void *state, const struct log_line *line, struct log_sink *sink);

int postal_recognise(const struct log_line *line);
enum line_result postal_parse(void *state, const struct log_line *line, struct log_sink *sink);

int opensmtpd_recognise(const struct log_line *line);
enum line_result opensmtpd_parse(void *state, const struct log_line *line, struct log_sink *sink);
void *opensmtpd_state_new(void);
void opensmtpd_state_free(void *state);
void opensmtpd_pack(const void *state, struct buf *out);
void opensmtpd_unpack(void *state, str packed);

int qmail_recognise(const struct log_line *line);
enum line_result qmail_parse(void *state, const struct log_line *line, struct log_sink *sink);
void *qmail_state_new(void);
void qmail_state_free(void *state);
void qmail_pack(const void *state, struct buf *out);
void qmail_unpack(void *state, str packed);

int haraka_recognise(const struct log_line *line);
enum line_result haraka_parse(void *state, const struct log_line *line, struct log_sink *sink);
void *haraka_state_new(void);
void haraka_state_free(void *state);
void haraka_pack(const void *state, struct buf *out);
void haraka_unpack(void *state, str packed);

int exchange_recognise(const struct log_line *line);
enum line_result exchange_parse(void *state, const struct log_line *line, struct log_sink *sink);
void *exchange_state_new(void);
void exchange_state_free(void *state);

/*
 * postfix - the pieces of the Postfix parser: dispatch (postfix.c), delivery lines
 * (postfix_delivery.c), lines of our own door (postfix_reject.c).
 *
 * Source  Postfix 3.12: global/log_adhoc.c, smtp/smtp_trouble.c, smtpd/smtpd_check.c,
 *         cleanup/cleanup_message.c. All is read from the left by grammar; nothing is
 *         searched in a whole line, since replies, HELO names, headers and user names lie.
 */
#pragma once
#include "logs/parsers.h"

struct postfix_line {
    const struct log_line *line;
    str instance;             /* first element of the program's name */
    enum transport transport; /* of the daemon */
    str queue_id;             /* "" for none and for NOQUEUE */
    bool noqueue;
    str text; /* behind the queue id */
};

struct log_event *postfix_event(const struct postfix_line *pl, struct log_sink *sink, enum log_kind kind);
/*
 * Takes an address up to the ">" that is followed by one of the texts in `next`, "" standing for the
 * end. A quoted local part may hold anything; an unquoted one (info_log_address_format = internal)
 * ends at the first ">" that makes it an address.
 */
bool postfix_take_address(str *in, const char *const *next, str *address);

/* Behind "to=<". */
enum line_result postfix_delivery(const struct postfix_line *pl, str text, struct log_sink *sink);
/* "host H said: ..." and its kin: fills reply, phase and, where they are not known yet, host and address. */
void postfix_reply(struct log_event *e, str reply);
bool postfix_is_trouble(str text);

enum line_result postfix_smtpd_reject(const struct postfix_line *pl, struct log_sink *sink);
enum line_result postfix_cleanup_reject(const struct postfix_line *pl, struct log_sink *sink);

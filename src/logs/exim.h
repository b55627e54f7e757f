/*
 * exim - the pieces of the Exim main log parser: dispatch, arrivals and rejects (exim.c), fields
 * and deliveries (exim_delivery.c).
 *
 * Source  Exim 4.98 spec.txt "Log files", src/deliver.c, src/receive.c, src/log.c, src/macros.h.
 *         Read from the left: subjects, HELO names and replies of others may hold anything.
 */
#pragma once
#include "logs/parsers.h"

/* What the fields of a line say ("K=value"); views of the line, "" for what is not there. */
struct exim_fields {
    str sender;       /* F= or P=<> */
    bool has_sender;
    str router, transport;
    str host, ip; /* H=name (helo) [ip]:port */
    uint16_t port;
    bool has_host;
    str user, protocol, authenticated, message_id, about; /* U=, P=, A=, id=, R= */
    str confirmation;                                     /* C= without its quotes */
    str tls, verified;                                    /* X=, CV= */
    str interface;                                        /* I=[ip]:port: our side */
    int64_t size_bytes;
    int32_t queue_ms, delivery_ms;
    bool deferred;
    int64_t error;  /* defer (error) */
    str error_text; /* what stands behind it */
};

/* Takes "K=value", flags and "defer (n)" off the front; stops at the first word that is none, which stays. */
void exim_take_fields(str *in, struct exim_fields *fields);
void exim_set_tls(struct log_event *e, const struct exim_fields *fields);
/* The address at the front: a quoted local part may hold blanks. A ":" behind it is left. */
str exim_take_address(str *in);

enum exim_flag { EXIM_DELIVERED, EXIM_FAILED, EXIM_DEFERRED };

/* Behind "=>", "**" or "==". */
enum line_result exim_delivery(const struct log_line *line, str id, enum exim_flag flag, str text,
                               struct log_sink *sink);
/* Phase and enhanced status of "SMTP error from remote mail server after RCPT TO:<a@b>: 550 5.1.1 no" and its kin. */
void exim_reply(struct log_event *e, str reply);
bool exim_is_trouble(str text);

/*
 * phase - which step of the SMTP dialogue a reply answered (RFC 5321 3).
 *
 * The step separates refusals of a connection from those of a recipient and of
 * content: a 5xx at connect or after DATA never blames the recipient.
 */
#pragma once
#include "base/str.h"

enum phase {
    PHASE_NONE = 0, /* unknown */
    PHASE_CONNECT,  /* DNS, TCP, greeting */
    PHASE_HELO,     /* EHLO, HELO, LHLO */
    PHASE_STARTTLS,
    PHASE_AUTH,
    PHASE_MAIL,
    PHASE_RCPT,
    PHASE_DATA, /* the DATA command */
    PHASE_BODY, /* the end of the data, BDAT */
    PHASE_QUEUE, /* no dialogue: queue lifetime, routing, local delivery */
    PHASE_COUNT
};

const char *phase_name(enum phase phase);        /* "" for PHASE_NONE, else "connect" ... */
bool phase_of_name(str name, enum phase *phase); /* what phase_name() answers */
/* From a verb as logs and replies write it: "RCPT TO", "end of DATA", "EHLO" ... PHASE_NONE if unknown. */
enum phase phase_of_verb(str verb);

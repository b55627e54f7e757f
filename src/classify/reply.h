/*
 * reply - what the far end really said, out of the wrappers that relays and bounces put around it.
 *
 *   Postfix   host mx[ip] said: REPLY (in reply to RCPT TO command); refused to talk to me: REPLY
 *   Exim      SMTP error from remote mail server after RCPT TO:<a>: host mx [ip]: REPLY
 *   qmail     Connected to IP but sender was rejected. / Remote host said: REPLY / Giving up on IP.
 *   Exchange  #550 5.1.1 ... ##; <host #5.5.0 smtp;REPLY> #SMTP#; Remote Server returned 'REPLY'; LED=REPLY};{
 *   sendmail  >>> RCPT To:<a> / <<< REPLY
 *   nested    undeliverable address: host ... said: REPLY; Message expired -> REPLY
 *
 * Multi-line replies (RFC 5321 4.2.1) are joined and their repeated codes dropped. The innermost
 * reply wins, except where it is about our sender (a call-out) or follows "message expired": there
 * the outer text is the reason, unless the caller knows of the expiry and asks for the inner one.
 *
 * Ownership  text is in the caller's arena.
 * Errors     none: what has no wrapper is the reply.
 * Limits     the first REPLY_MAX bytes are read; time is linear but for the number of codes in them.
 */
#pragma once
#include "base/arena.h"
#include "model/esc.h"
#include "model/phase.h"

enum { REPLY_MAX = 4096 };

struct reply {
    str text;                   /* one line, without its codes */
    int code;                   /* 0: none */
    struct esc enhanced_status; /* of the reply itself; class 0: none */
    enum phase phase;           /* as the wrapper says */
};

void reply_read(str text, bool expired, struct arena *arena, struct reply *out);

/*
 * returned - what a returned mail says: one item a recipient (RFC 3464, RFC 5965, or prose).
 *
 * Ownership  views into the arena that bounces_read() was given.
 * Limits     at most RETURNED_MAX items a mail; `truncated` when there were more.
 */
#pragma once
#include "base/hash.h"
#include "model/esc.h"
#include "model/phase.h"

enum { RETURNED_MAX = 10000 };

enum returned_kind {
    RETURNED_BOUNCE = 1, /* a recipient failed for good */
    RETURNED_DEFERRAL,   /* a delay warning: still being tried */
    RETURNED_COMPLAINT,
    RETURNED_AUTOREPLY,
    RETURNED_DELIVERED, /* delivered, relayed or expanded, or a read receipt */
    RETURNED_OTHER,     /* no delivery report at all */
};

const char *returned_kind_name(enum returned_kind kind); /* "bounce" ..., as in classify --json */

struct returned_item {
    enum returned_kind kind;
    str recipient;          /* Final-Recipient, cleaned; "" when only our log can tell */
    str original_recipient; /* Original-Recipient: the address we mailed */
    str action;             /* RFC 3464 2.3.3, lower case */
    struct esc status;      /* the Status field */
    struct esc enhanced_status; /* the better of Status and the diagnostic's own */
    int reply_code;         /* 0 = none */
    enum phase phase;
    str diagnostic;         /* the reply in plain words: unfolded, type and repeated codes gone, <= 4 KiB */
    str reporting_mta, remote_mta;
    str feedback_type;      /* abuse, fraud, opt-out ... (RFC 5965 3.1, 7.3) */
    str category;           /* where the mail itself is the verdict: auto_reply, complaint,
                               challenge_response, unsubscribe; else "" */
    str left_for;           /* auto-replies: the new address they name */
    int64_t occurred_at_us; /* Last-Attempt-Date, Arrival-Date or Date; CLOCK_NONE */
};

/* A final failure that the network made, not an answer: such are tried again until the queue lifetime ends (RFC 5321 4.5.4.1). */
bool returned_gave_up(const struct returned_item *item);

struct returned {
    const struct returned_item *items;
    size_t count; /* at least 1: kind other when it is no report */
    bool truncated;
    const char *decoded_by; /* row of the families table: "dsn", "arf", "qmail" ... */
    struct hash128 digest;  /* canonical bytes, CRLF = LF: the mail's identity */
    str envelope_sender;    /* of the returned message: Return-Path, else From; "" unknown */
    str envelope_id;        /* Original-Envelope-Id */
    str message_id;         /* of the returned message */
    str queue_id;           /* of the returned message at the reporting relay */
    str mail_to;            /* where this mail was sent: the bounce address, tokens in it */
    str authserv;           /* first Authentication-Results header, whole */
    int64_t date_us;        /* newest Received, else Date; CLOCK_NONE */
};

/* The host in an MTA field: "dns; mx.example.org (198.51.100.7)" is mx.example.org (RFC 3464 2.2.2, 2.3.5). */
str returned_mta_host(str mta);

/*
 * delivery - one fact: what became of one attempt for one recipient. A row of `event`.
 *
 * Codes are those of the schema (sql/migrations/0001_base.sql): one letter each.
 *
 * Ownership  text views live until the call that hands the fact over returns.
 */
#pragma once
#include "base/str.h"

enum outcome {
    OUTCOME_DELIVERED = 'D',
    OUTCOME_HANDED_OVER = 'H',
    OUTCOME_DEFERRED = 'Q',
    OUTCOME_FAILED_SYNC = 'F',
    OUTCOME_EXPIRED = 'X',
    OUTCOME_FAILED_ASYNC = 'A',
    OUTCOME_SUPPRESSED = 'S',
    OUTCOME_LOCAL_ERROR = 'E',
    OUTCOME_LOST = 'L',
    OUTCOME_REJECTED = 'R',
};

enum direction {
    DIRECTION_SUBMITTED = 's',
    DIRECTION_FORWARDED = 'f',
    DIRECTION_INBOUND = 'i',
    DIRECTION_HOP = 'h',
    DIRECTION_NOTIFICATION = 'n',
};

enum delivery_flag {
    DELIVERY_ATTEMPT = 1,         /* the remote side was tried */
    DELIVERY_FIRST = 2,           /* first row of its message and recipient */
    DELIVERY_FIRST_DEFERRAL = 4,
    DELIVERY_FIRST_BLOCKED = 8,   /* first reply of class B or naming a blocklist */
    DELIVERY_FINAL = 16,
    DELIVERY_FIRST_TRY = 32,      /* delivered at the first attempt */
    DELIVERY_PARTIAL = 64,        /* its message began before the log we have */
    DELIVERY_CLEANED = 128,       /* text was damaged */
    DELIVERY_REWRITTEN = 256,     /* the recipient was rewritten (orig_to) */
    DELIVERY_LINKED = 512,        /* another log shows it to be a hand-over between our own: its direction was s ... */
    DELIVERY_LINKED_FORWARD = 1024, /* ... or f (also of one that its address shows) */
    DELIVERY_CAME_BACK = 2048,    /* handed to a smarthost (H) until a bounce told more: accepted (D) and failed later */
};

struct delivery {
    int64_t at_us;
    uint64_t node_id, egress_id, recipient_hash, original_hash, message_id_hash, domain_id, provider_id, remote_host_id,
        stream_id, signature_id, sasl_user_id;
    int64_t size_bytes;
    int32_t cohort_day; /* days since 1970 of the first attempt */
    int32_t delay_ms, delay_queue_ms, delay_active_ms, delay_connect_ms, delay_send_ms; /* -1 not said */
    int32_t attempt;
    int16_t flags;
    int16_t weight; /* +1, or -1 to take a row back */
    uint8_t tls;
    char direction, outcome;
    str queue_id, next_queue_id;
    str address, reply; /* of a failure: who, and what was said */
};

/*
 * imported - what receivers say of our mail in figures of their own: Microsoft SNDS, Google Postmaster Tools, SMTP TLS
 * reports (RFC 8460). Shown as such, never merged into what our own relays counted.
 *
 * One row says one thing of an item (an address, a domain, a report) and a day. `piece` tells the pieces of a file
 * apart that replace an older telling as a whole: a line of SNDS, a domain's day, one TLS report.
 *
 * Ownership  views, valid while the file's text and arena are.
 * Units      days since 1970 as the receiver counts them; ratios 0..1; -1 is "not said" for ratios and counts.
 */
#pragma once
#include "base/str.h"

enum import_kind {
    IMPORT_SNDS_DAY = 1, /* what an address of ours sent to Microsoft on a day */
    IMPORT_SNDS_STATUS,  /* a range of our addresses that Microsoft treats as special, as of the file's day */
    IMPORT_POSTMASTER,   /* one figure about a domain of ours at Google */
    IMPORT_TLS_REPORT,   /* a report on TLS as a whole; its policies and failures follow */
    IMPORT_TLS_POLICY,
    IMPORT_TLS_FAILURE,
};

struct snds_day {
    str ip;
    int64_t day;            /* its activity began */
    int64_t from_us, to_us; /* activity */
    int64_t rcpt_commands, data_commands, recipients;
    str filter_result;     /* GREEN, YELLOW, RED */
    str complaint_said;    /* "< 0.1%" */
    double complaint_rate; /* the upper end of what is said */
    int64_t trap_hits;
    str sample_helo;
    str sample_sender_domain; /* the address itself may name a recipient */
    str comments;
};

struct snds_status {
    str first_ip, last_ip;
    int64_t day;
    bool blocked;
    str details;
};

struct postmaster_figure {
    str domain;
    int64_t day;
    str part;   /* what of a day is told together: traffic, compliance, or one metric */
    str metric; /* spam_rate, domain_reputation, delivery_error ... */
    str detail; /* which error, reputation, loop, requirement; "" for metrics that are one */
    double value;
    str said; /* HIGH, COMPLIANT; sample addresses */
};

struct tls_report {
    str organization, report_id; /* together its name */
    int64_t day;                 /* the period began */
    int64_t from_us, to_us;
};

struct tls_policy {
    const struct tls_report *report;
    int policy;      /* its place in the report */
    str policy_type; /* sts, tlsa, no-policy-found */
    str policy_domain, policy_text, mx_hosts;
    int64_t successful, failed; /* sessions */
};

struct tls_failure {
    const struct tls_policy *policy;
    int failure;
    str result_type; /* certificate-expired ... (RFC 8460 4.3) */
    str sending_ip, receiving_mx, receiving_helo, receiving_ip;
    int64_t sessions;
    str information, reason_code;
};

struct import_row {
    enum import_kind kind;
    int piece;
    union {
        struct snds_day snds_day;
        struct snds_status snds_status;
        struct postmaster_figure figure;
        struct tls_report report;
        struct tls_policy policy;
        struct tls_failure failure;
    };
};

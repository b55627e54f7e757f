/*
 * pipeline - the whole flow, the one place where the stages meet:
 *
 *   bytes -> lines -> envelope -> log events -> lives -> meaning -> facts -> roll-ups, strikes -> policy
 *   bytes -> mails -> returned items ----------> meaning -> returned mail -> joined to its attempt
 *   bytes -> imports ------------------------------------> what receivers say of our mail, beside the facts
 *
 * Logs are read first, each node's in order of their first time stamp, then mails; then returned mail is
 * joined and the policy runs. Each batch is one transaction with the input's position (store/writer.h).
 *
 * Ownership  the pipeline borrows settings and connections; pipeline_free() gives the rest back.
 * Errors     an input that is set aside is told through log_say() and counted; answers false only when the
 *            run cannot go on (database, disk, signal).
 */
#pragma once
#include "base/err.h"
#include "base/progress.h"
#include "classify/streams.h"
#include "model/token.h"
#include "store/db.h"

struct pipeline_pair {
    str key, value;
};

struct pipeline_settings {
    const char *format;      /* NULL: detected per input */
    const char *node;        /* host for logs that name none; NULL: "local" */
    int year;                /* of the first year-less stamp; 0: worked out */
    const char *zone;        /* of stamps without one; NULL: UTC */
    const char *user_rules;  /* folder; NULL */
    bool overlap;            /* read inputs that tell the same hours again */
    bool dry_run;            /* read, count, write nothing */
    bool no_policy;
    uint64_t batch_bytes;    /* of log a transaction */
    int64_t now_us;          /* the clock, or --now */
    bool keep_all_addresses; /* privacy.addresses = all */
    const str *own, *smarthosts, *inbound_domains, *protected, *fbl_providers;
    size_t own_count, smarthost_count, inbound_count, protected_count, fbl_count;
    struct token_keys tokens; /* what proves a report (grade B) */
    int64_t daily_cap;       /* 0: the policy's own */
    const struct pipeline_pair *egress; /* syslog name -> egress */
    size_t egress_count;
    const struct stream_rule *streams;
    size_t stream_count;
    const struct stream_kind *kinds;
    size_t kind_count;
};

struct pipeline_summary {
    uint64_t inputs, inputs_old, inputs_refused;
    uint64_t lines, events, known, unread, oversized, partial;
    uint64_t mails, mails_old, bounces, complaints, other_mails, mails_refused;
    uint64_t imports, imports_old, import_records, import_irrelevant, import_unread; /* figures of receivers */
    uint64_t joined_new, joined_known, waiting;  /* returned mail: made a failure, known already, still unverified */
    uint64_t suppressed_new, suppressed_pending, suppressed_released;
    int64_t oldest_us, newest_us;
    char policy_note[256]; /* why the policy listed nobody; "" when it has nothing to say */
};

struct pipeline;

/* facts and side: two connections to the same database; NULL both for a dry run. */
struct pipeline *pipeline_new(const struct pipeline_settings *settings, struct db *facts, struct db *side,
                              struct progress *progress, struct err *err);
void pipeline_free(struct pipeline *pipeline);
bool pipeline_ingest(struct pipeline *pipeline, const char *const *paths, size_t count, struct err *err);
const struct pipeline_summary *pipeline_summary(const struct pipeline *pipeline);

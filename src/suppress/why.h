/*
 * why - the chain behind a decision about an address or a domain: entry, policy row and what is missing for it, each strike
 * with where it was read, deliveries, mails, what operators did, and how to undo it.
 *
 * Ownership  everything lives in the arena given.
 * Errors     ERR_CONFIG when who is neither an address nor a domain; database errors as db_run().
 * Limits     the first 200 strikes and 50 mails, the last 50 changes.
 */
#pragma once
#include "suppress/list.h"

struct why_strike {
    int64_t at_us, prev_delivery_us;
    str category, reason, evidence, origin, node, path, reply, rule, masked, enhanced_status, provider, stream, address;
    int64_t offset;
    bool in_force, counted, lifted, incident, known_good, delivered_since;
};

struct why_policy { /* where it stands by one row of the policy */
    str reason, kind;
    int64_t strikes, needed, first_us, last_us, apart_s, ttl_s; /* ttl_s -1: for good */
    bool resets, known_good;
    int64_t lifted, incident;
    str missing; /* in words; "" nothing */
};

struct why_mail {
    int64_t at_us, offset;
    str kind, state, evidence, category, feedback_type, diagnostic, reporting_mta, decoded_by, path;
};

struct why {
    str who;
    bool is_domain, known; /* known: there is anything to tell */
    struct list_entry *entries;
    size_t entry_count;
    struct why_policy *policies;
    size_t policy_count;
    struct why_strike *strikes;
    size_t strike_count;
    struct why_mail *mails;
    size_t mail_count;
    struct list_moment *moments;
    size_t moment_count;
    int64_t deliveries, last_delivery_us, standing_delivery_us;
};

bool why_read(struct db *db, str who, struct arena *arena, struct why *out, struct err *err);

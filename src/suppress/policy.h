/*
 * policy - the suppression list follows from the facts: strikes, deliveries, complaints, listings, operators' decisions.
 *
 * policy_run() looks at the recipients the writer left in policy_due (and at those a guard concerns through them), weighs
 * their strikes by the rows of `policy` and `policy_guard`, and makes the list what it has to be. All of it is SQL over
 * sets in sql/queries/policy_*.sql; this file is their order. The result depends on the facts alone, never on the order in
 * which they were read nor on how often this ran in between; only what operators decided (added, released, confirmed,
 * protected) is kept beside them. A second run changes nothing.
 *
 * Ownership  options are borrowed; the outcome is a value.
 * Errors     as db_run(). ERR_DB_RETRY: nothing was changed, the same again. One transaction, which it begins and ends
 *            itself: there must be none open.
 * Limits     numbers stand in the tables `policy` and `policy_guard` only (sql/queries/policy_defaults.sql).
 * Source     metrics, "Suppression policy".
 */
#pragma once
#include "store/db.h"

struct policy_options {
    int64_t now_us;               /* what entries expire against; CLOCK_NONE: the clock */
    const str *protected_names;   /* addresses, and domains (with or without "@" in front): never listed by policy */
    size_t protected_count;
    int64_t daily_cap; /* new entries a day before the rest waits; 0: the policy's own number */
    bool sweep;   /* look, too, at what no recipient asked for: domains on the list, nodes whose logs grew. After a batch
                     always; a live service once in a while */
    bool dry_run; /* say what would change, change nothing */
};

enum { POLICY_REASON_TEXT = 160 };

struct policy_outcome {
    int64_t recipients; /* looked at */
    int64_t added, extended, released, expired, pending, lifted, withdrawn; /* changes of entries */
    int64_t unverified;           /* bounces that cannot count: no send of ours proves them */
    int64_t logs_begin_us;        /* CLOCK_NONE: no logs */
    int64_t generation;           /* of the list after this run */
    char reason[POLICY_REASON_TEXT]; /* why so few were listed: for want of evidence; "" otherwise */
};

bool policy_run(struct db *db, const struct policy_options *options, struct policy_outcome *out, struct err *err);
/* The same inside a transaction that is open, which it neither commits nor rolls back; dry_run is not looked at. */
bool policy_run_within(struct db *db, const struct policy_options *options, struct policy_outcome *out, struct err *err);

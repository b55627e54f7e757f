/*
 * pipeline_reclassify - the dictionary of replies judged again, by the rules as they are now.
 *
 * A reply's meaning lives on its signature alone (DESIGN 3.4), so this touches thousands of rows however many events
 * there are. What else rests on it is made right in the same transaction: rows of event and sums whose "first blocked"
 * flag changes (taken back with weight -1 and told again), sums by blocklist, categories of returned mails, and the
 * suppression list. What changed is kept in `reclassification`.
 *
 * Ownership  the classifier and the options are borrowed; outcome->diff belongs to the caller (db_result_free()).
 * Errors     as policy_run(). ERR_DB_RETRY: nothing was changed, the same again.
 * Limits     Two things cannot be told again without the replies themselves: the item that a list newly named lists is
 *            that of the signature's sample; and a change to or from `suppressed` leaves the outcome of past rows as it
 * is.
 */
#pragma once
#include "classify/classify.h"
#include "model/networks.h"
#include "suppress/policy.h"

struct reclassify_options {
    str actor;
    struct policy_options policy;
    const str *own; /* CIDR: networks of ours */
    size_t own_count;
    bool dry_run; /* do it all, and take it back */
};

/* Columns of diff. */
enum {
    DIFF_OLD,
    DIFF_NEW,
    DIFF_PROVIDER,
    DIFF_SIGNATURES,
    DIFF_DEFERRALS,
    DIFF_FAILED,
    DIFF_OLD_BLOCKLIST,
    DIFF_NEW_BLOCKLIST
};

struct reclassify_outcome {
    int64_t signatures;        /* judged */
    int64_t changed;           /* of them: anything */
    int64_t meanings;          /* of them: category, severity or blocklist, not only the rule that decides */
    int64_t restated;          /* rows of event; 0 in a dry run */
    int64_t deferrals, failed; /* told by signatures whose category or blocklist changed */
    struct db_result *diff;
    struct policy_outcome policy;
};

bool reclassify(struct db *db, struct classifier *classifier, const struct reclassify_options *options,
                struct reclassify_outcome *out, struct err *err);

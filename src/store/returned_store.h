/*
 * returned_store - returned mail in the database, and joining it to the attempt it speaks of.
 *
 * A mail is known by the digest of its canonical bytes, so reading it twice adds nothing. Its items wait (state w)
 * until an attempt of ours with the same Message-ID and recipient is found; then the failure is either known from the
 * log already (k) or new (f: a bounce after a 250).
 *
 * Ownership  the store copies what it is given; joined rows live in the arena of the call.
 */
#pragma once
#include "base/hash.h"
#include "model/delivery.h"
#include "model/esc.h"
#include "store/db.h"

struct returned_row {
    uint64_t recipient_hash; /* 0: only our log can tell */
    struct hash128 digest;
    int block;
    uint64_t input_id, input_offset;
    int64_t occurred_at_us;
    char kind, state, evidence; /* evidence: 'B' proven by a token; 0 not yet known */
    str action;
    struct esc enhanced_status;
    int reply_code;
    uint64_t signature_id, message_id_hash, domain_id, provider_id, stream_id;
    str queue_id, category, feedback_type, reporting_mta, remote_mta, decoded_by, diagnostic;
};

struct returned_store;

struct returned_store *returned_store_new(void);
void returned_store_free(struct returned_store *store);
void returned_store_clear(struct returned_store *store);
/* First of the transaction: one reader of mails at a time. */
bool returned_store_hold(struct returned_store *store, struct db *db, struct err *err);
/* Was this mail read before, in this transaction or an earlier one? Notes it when it was not. */
bool returned_store_seen(struct returned_store *store, const struct hash128 *digest, const char *kind,
                         const char *decoded_by, int64_t occurred_at_us, bool *fresh, struct err *err);
void returned_store_add(struct returned_store *store, const struct returned_row *row);
bool returned_store_write(struct returned_store *store, struct db *db, struct err *err);

/* ---- joining */
struct returned_match {
    struct returned_row row;        /* its key, time, kind, signature, diagnostic */
    struct delivery attempt;        /* the attempt's last word: outcome D or H, or a failure */
    bool failed;                    /* the log shows its failure already */
    bool bounced;                   /* an earlier report made it a failure already */
    int64_t sent_at_us;
    bool by_smarthost;              /* its attempt is the 250 of a smarthost */
    bool struck;                    /* proven by a token, it struck before its send was known */
};

/* What waits and has an attempt now. In a transaction; takes the join's row first, so that two runs do not both join. */
bool returned_matches(struct db *db, struct arena *arena, struct returned_match **out, size_t *count, struct err *err);
/* f, k, c ... and the evidence grade. */
bool returned_settle(struct db *db, const struct returned_match *matches, const char *states, size_t count,
                     struct err *err);
/* Marks what tokens prove and no log shows; one failure each, for writer_strike(). Behind returned_matches(). */
bool returned_proven(struct db *db, struct arena *arena, struct returned_match **out, size_t *count, struct err *err);
/* How many wait unverified; open: all that a send may still be found for. */
bool returned_waiting(struct db *db, int64_t *waiting, int64_t *open, struct err *err);

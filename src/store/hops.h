/*
 * hops - hand-overs between relays in the database: which of them turned out one (or turned out none).
 *
 * What counts as evidence stands in sql/migrations/0009_hops.sql. Every batch notes from when to when its rows lie
 * (hops_due_add()); what is due is looked through set-wise and told anew by the pipeline, then done.
 *
 * Ownership  in the arena given.
 * Limits     hops_find() answers at most 10,000 changes: ask again until there are none.
 */
#pragma once
#include "store/db.h"
#include "store/restate.h"

struct hop_due {
    uint64_t node_id;
    int64_t from_us, to_us;
};

struct hop_change {
    char kind; /* p: rows that end in a hand-over   c: rows of what came of one   r: one to a smarthost that came back */
    bool handed;   /* p, r: it is so now; false: no more */
    char began_as; /* c: the direction of where the message began, 's' or 'f'; '-' not known */
    uint64_t node_id, message_id_hash, recipient_hash, stream_id, sasl_user_id;
    int64_t at_us; /* of the hand-over */
    str queue_id;
};

bool hops_due_add(struct db *db, const struct hop_due *due, size_t count, struct err *err);
bool hops_due(struct db *db, struct arena *arena, struct hop_due **out, size_t *count, struct err *err);
/* In the transaction of the last look: what came in meanwhile stays due. */
bool hops_due_done(struct db *db, const struct hop_due *due, size_t count, struct err *err);
/* False: there is one relay, and it hands over to nobody. */
bool hops_wanted(struct db *db, int64_t from_us, int64_t to_us, bool *wanted, struct err *err);
bool hops_find(struct db *db, int64_t from_us, int64_t to_us, struct arena *arena, struct hop_change **out, size_t *count,
               struct err *err);
/* The standing rows of all lives that the changes name, sorted by (node, queue id), time. */
bool hops_rows(struct db *db, const struct hop_change *changes, size_t count, int64_t from_us, int64_t to_us,
               struct arena *arena, struct restate_row **out, size_t *row_count, struct err *err);
/* Bounces and complaints that were joined to these messages and recipients wait to be joined anew. */
bool hops_returned_again(struct db *db, const int64_t *message_id_hashes, const int64_t *recipient_hashes, size_t count,
                         struct err *err);

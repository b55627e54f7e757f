/*
 * hops - hand-overs between relays in the database: which of them turned out one (or turned out none).
 *
 * What counts as evidence stands in sql/migrations/0009_hops.sql. Every batch notes from when to when its rows lie
 * (hops_due_add()); what is due is looked through set-wise and told anew by the pipeline, then done.
 *
 * Ownership  in the arena given.
 * Limits     a look takes as much memory here as the lives that are asked for at once.
 */
#pragma once
#include "store/db.h"
#include "store/restate.h"

struct hop_due {
    uint64_t node_id;
    int64_t from_us, to_us;
    int64_t version; /* set by hops_due() */
};

struct hop_window {
    int64_t from_us, to_us;
    bool wanted;   /* false: there is one relay, and it hands over to nobody */
    bool services; /* some node is a service, whose events come days later */
};

struct hop_change {
    char
        kind; /* p: rows that end in a hand-over   c: rows of what came of one   r: one to a smarthost that came back */
    bool handed;   /* p, r: it is so now; false: no more */
    char began_as; /* c: the direction of where the message began, 's' or 'f'; '-' not known */
    uint64_t node_id, message_id_hash, recipient_hash, stream_id, sasl_user_id;
    int64_t at_us; /* of the hand-over */
    str queue_id;
};

struct hop_lives {
    struct hop_change *changes;
    struct restate_row *rows;
    size_t change_count, row_count;
};

/* Waits for all who read logs or restate, and keeps them waiting for the length of the transaction. */
bool hops_hold(struct db *db, struct arena *arena, struct err *err);
bool hops_due_add(struct db *db, const struct hop_due *due, size_t count, struct err *err);
bool hops_due(struct db *db, struct arena *arena, struct hop_due **out, size_t *count, struct err *err);
/* Of what hops_due() gave; what came in since stays due. */
bool hops_due_done(struct db *db, const struct hop_due *due, size_t count, struct err *err);
/* Fills in what there is to join. */
bool hops_wanted(struct db *db, struct hop_window *window, struct err *err);
/* Notes all that is to be told anew, in lives numbered from 1; *again: when it is told, there may be more. */
bool hops_find(struct db *db, const struct hop_window *window, struct arena *arena, uint64_t *lives, bool *again,
               struct err *err);
/* Of the lives [from, to): what changed and their standing rows, both sorted by life, the rows by time in it. */
bool hops_lives(struct db *db, uint64_t from, uint64_t to, struct arena *arena, struct hop_lives *out, struct err *err);
bool hops_clean(struct db *db, struct err *err);
/* Bounces and complaints that were joined to these messages and recipients wait to be joined anew. */
bool hops_returned_again(struct db *db, const int64_t *message_id_hashes, const int64_t *recipient_hashes, size_t count,
                         struct err *err);

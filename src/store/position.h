/*
 * position - how far each input has been read, and what it said about which node.
 *
 * An input is found by the hash of its first complete line and told apart by the digest of its content
 * (intake/identity.h). Its row is claimed before the first facts; the position moves by compare-and-set
 * in the transaction of the rows up to it, so facts and position live or die together.
 *
 * Ownership  struct position is a value; its texts live in the arena given.
 */
#pragma once
#include "store/db.h"

struct position {
    uint64_t input_id;
    uint64_t first_line_hash;
    int ordinal;
    uint64_t position;
    str digest;  /* 16 bytes: of the content up to position */
    str blocks;  /* digests of whole blocks, 16 bytes each */
    str format;
    str path;    /* where it was last seen; a hint for people */
    uint64_t device, inode;
    int year, month; /* of the stamp at position, where stamps have no year; 0 */
};

struct position_span {
    uint64_t input_id, node_id;
    str format;
    int64_t first_us, last_us;
    uint64_t lines, events, known, unread, oversized;
};

/* Inputs that begin with this line; oldest ordinal first. */
bool position_candidates(struct db *db, uint64_t first_line_hash, struct arena *arena, struct position **out,
                         size_t *count, struct err *err);
/* Makes the row of a new input, on a connection outside of the facts' transaction. False with ERR_DB_RETRY when
 * somebody else has just claimed it. */
bool position_claim(struct db *db, const struct position *fresh, struct err *err);
/* Gives a claim back that was never used. */
bool position_release(struct db *db, uint64_t input_id, struct err *err);
/* In the facts' transaction: waits for the row and reads it. */
bool position_hold(struct db *db, uint64_t input_id, uint64_t *position, struct err *err);
/* Last of the transaction: moves on from `expected`; ERR_DB_RETRY when it is not there any more. */
bool position_move(struct db *db, const struct position *to, uint64_t expected, struct err *err);

/* Adds what this batch said about a node. */
bool position_spans_add(struct db *db, const struct position_span *spans, size_t count, struct err *err);
/* Another input that tells the same node's same hours (by more than 60 s): its path; "" when there is none. */
bool position_overlap(struct db *db, const struct position_span *span, struct arena *arena, str *path,
                      int64_t *overlap_us, struct err *err);

/*
 * restate - lives that were read out of order: what is needed to tell them anew.
 *
 * A queue id is a candidate when some of its rows (or its open message) begin in the middle of a life. All its
 * rows, summed by weight, and all its open lives are handed out together, in order of time.
 *
 * Ownership  in the arena given.
 */
#pragma once
#include "model/delivery.h"
#include "store/db.h"
#include "store/open_state.h"

struct restate_row {
    struct delivery fact; /* as it stands, weight 1 */
    uint64_t input_id, input_offset;
    bool blocked; /* its reply is of class B or names a blocklist */
};

struct restate_life {
    uint64_t node_id;
    str queue_id;
    struct restate_row *rows;
    size_t row_count;
    struct open_state_message *open;
    size_t open_count;
    struct open_state_recipient *recipients; /* of all its open lives */
    size_t recipient_count;
};

/* A row of restate_rows.sql (or of another query with its columns). */
struct restate_row restate_row_of(const struct db_result *result, size_t row, struct arena *arena);
bool restate_candidates(struct db *db, struct arena *arena, struct restate_life **out, size_t *count, struct err *err);

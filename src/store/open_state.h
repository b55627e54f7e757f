/*
 * open_state - the open messages of a node between commits and runs.
 *
 * A node's row is held for the length of the transaction, so two ingesters never both continue its
 * messages; its generation moves with every commit (compare-and-set) as the proof of it.
 *
 * Ownership  values; texts live in the arena given or until the call returns.
 */
#pragma once
#include "store/db.h"

struct open_state_message {
    uint64_t node_id;
    str queue_id;
    bool began, lost, closed, sender_known, null_sender, client_own, client_known, notification, forwarded;
    int64_t first_at_us, last_at_us, expired_at_us, size_bytes;
    int32_t awaited;
    uint64_t message_id_hash, stream_id, sasl_user_id;
};

struct open_state_recipient {
    uint64_t node_id;
    str queue_id;
    int64_t first_at_us; /* of the message */
    uint64_t recipient_hash, original_hash, domain_id, provider_id, remote_host_id, egress_id, signature_id;
    int32_t cohort_day, attempts;
    bool counted, deferred, blocked;
    char direction;
    int64_t last_at_us;
    str address, reply;
};

struct open_state_node {
    uint64_t generation;
    int64_t newest_at_us; /* CLOCK_NONE: new */
    str connections;
    str memory; /* of the parser of its format (logs/formats.h) */
};

/* Makes the node's row when it is missing; on a connection outside of the facts' transaction. */
bool open_state_claim(struct db *db, uint64_t node_id, struct err *err);
/* In the facts' transaction: waits for the node and reads its state. */
bool open_state_hold(struct db *db, uint64_t node_id, struct arena *arena, struct open_state_node *out, struct err *err);
/* The lives that began up to `until_us`, of each queue id the newest: what a log that goes on from there continues. */
bool open_state_messages(struct db *db, uint64_t node_id, int64_t until_us, struct arena *arena,
                         struct open_state_message **out, size_t *count, struct err *err);
bool open_state_recipients(struct db *db, uint64_t node_id, int64_t until_us, struct arena *arena,
                           struct open_state_recipient **out, size_t *count, struct err *err);

/* All of the lives whose queue ids may have to be restated, by queue id and time. */
bool open_state_all_messages(struct db *db, uint64_t node_id, struct arena *arena, struct open_state_message **out,
                             size_t *count, struct err *err);
bool open_state_all_recipients(struct db *db, uint64_t node_id, struct arena *arena, struct open_state_recipient **out,
                               size_t *count, struct err *err);

/* What changed: gone first, then messages and recipients anew, then the nodes. */
struct open_changes;
struct open_changes *open_changes_new(void);
void open_changes_free(struct open_changes *changes);
void open_changes_clear(struct open_changes *changes);
void open_changes_gone(struct open_changes *changes, uint64_t node_id, str queue_id, int64_t first_at_us);
void open_changes_message(struct open_changes *changes, const struct open_state_message *message);
void open_changes_recipient(struct open_changes *changes, const struct open_state_recipient *recipient);
bool open_changes_write(struct open_changes *changes, struct db *db, struct err *err);
/* ERR_DB_RETRY when the generation is not the one that was read. memory: NULL leaves what is there; of an older log only
 * one that is timeless is kept. */
struct open_state_memory {
    str packed;
    bool timeless;
};
bool open_state_move(struct db *db, uint64_t node_id, uint64_t generation, int64_t newest_at_us, str connections,
                     const struct open_state_memory *memory, struct err *err);

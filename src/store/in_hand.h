/*
 * in_hand - mails that are being read, noted where the note outlives the process: should a mail's parse end the
 * program, the next run knows, and after three deaths the mail is set aside (robustness: a poison mail).
 *
 * A batch is noted by its first mail, (input, offset), before it is read, and put down with its commit. A note that is
 * there when a run begins is a death; then the mails go one by one, each noted by the digest of its bytes. One that
 * was set aside stays noted, so that reading its mailbox again ends nothing.
 *
 * Ownership  in_hand_left's list lives in the arena.
 * Errors     those of the database.
 * Limits     10,000 mails set aside; a note of a death counts for 7 days. All on a connection of its own, each
 *            statement committed at once.
 */
#pragma once
#include "base/arena.h"
#include "store/db.h"

enum { IN_HAND_DEATHS = 3 };

struct in_hand_left {
    const uint64_t *aside; /* digests of mails that were set aside */
    size_t aside_count;
    bool batch, mail; /* a batch, a single mail was in hand when a run died */
};

bool in_hand_look(struct db *side, struct arena *arena, struct in_hand_left *out, struct err *err);

bool in_hand_take_batch(struct db *side, uint64_t input_id, uint64_t offset, struct err *err);
bool in_hand_put_batch(struct db *side, uint64_t input_id, uint64_t offset, struct err *err);
/* *deaths: how often a run died with this very mail in hand. */
bool in_hand_take_mail(struct db *side, uint64_t mail, int *deaths, struct err *err);
bool in_hand_put_mail(struct db *side, uint64_t mail, struct err *err);
/* Never again, by this version of the program. */
bool in_hand_set_aside(struct db *side, uint64_t mail, struct err *err);
/* The batches of dead runs are accounted for: notes older than that go. */
bool in_hand_forget(struct db *side, int64_t before_us, struct err *err);

/*
 * rollups - the sums that reports read, gathered in memory and added to the database with each batch.
 *
 * All sums are weighted: a row taken back (weight -1) takes itself out of them. Keys are sorted before
 * they are written, so two writers cannot deadlock.
 *
 * Ownership  owns its tables; rollups_flush() empties them, rollups_clear() too (after a rollback).
 */
#pragma once
#include "model/delivery.h"
#include "store/db.h"

struct rollups;

struct rollups *rollups_new(void);
void rollups_free(struct rollups *rollups);
void rollups_clear(struct rollups *rollups);
/* sealed: the day's deliveries are already in the roll-ups by domain and sender, so this one has to go there too. */
void rollups_add(struct rollups *rollups, const struct delivery *delivery, bool sealed);

struct listing_hit {
    uint64_t node_id, provider_id, signature_id;
    int64_t at_us;
    str blocklist, listed_item, sample;
    bool own_item; /* the item named is ours */
    int weight;
};
void rollups_add_listing(struct rollups *rollups, const struct listing_hit *hit);
bool rollups_flush(struct rollups *rollups, struct db *db, struct err *err);

enum { DELAY_BUCKETS = 28 };
/* width_bucket(ln(delay_ms + 1), 0, 13, 26): 1..27. */
int rollup_bucket(int64_t delay_ms);

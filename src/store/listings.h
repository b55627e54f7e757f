/*
 * listings - replies that name a blocklist, summed by node, list, item, provider and hour.
 *
 * The state of a listing (suspected, active, cleared) is worked out from these sums when it is asked
 * for, so the order in which logs are read changes nothing. The sample kept is the first that was said.
 */
#pragma once
#include "store/rollups.h"

struct listings;

struct listings *listings_new(void);
void listings_free(struct listings *listings);
void listings_clear(struct listings *listings);
void listings_add(struct listings *listings, const struct listing_hit *hit);
bool listings_flush(struct listings *listings, struct db *db, struct err *err);

/*
 * snapshot - making the snapshot that export.h describes. Private to suppress/.
 */
#pragma once
#include "suppress/export.h"

bool snapshot_make(struct db *db, const char *scope, int64_t generation, struct buf *to, int64_t *entries, struct err *err);
/* scope is "stream:NAME": may it be mailed in bulk? Then "stream:*" holds for it, too. Unknown streams are bulk. */
bool snapshot_stream_is_bulk(struct db *db, const char *scope, bool *bulk, struct err *err);

/*
 * export - the list in the forms that relays and senders read: a table of targets, one row and one function each.
 *
 * Static maps hold entries that are in force ("active") at one scope, "global" unless asked for "stream:NAME" (which
 * includes "stream:*" where that stream is not transactional). csv and jsonl tell their scope and hold every scope
 * unless one is asked for. The texts are byte-true: made for machines, not for spreadsheets.
 *
 * A refusal says why: "REJECT 5.1.1 rebound-suppressed/invalid_recipient since 2026-11-02"; 5.1.1 only where the
 * address is at fault, else 5.7.1. A shipped rule reads the marker back as `suppressed`, never as a strike.
 *
 * Left out and counted: addresses whose local part a map would misread (quotes, blanks, control characters), whole
 * domains where the form knows addresses only, entries of which only the hash is kept.
 *
 * A domain key of postfix-access also matches what is below it (parent_domain_matches_subdomains).
 *
 * Ownership  the bytes belong to the caller's buf.
 * Errors     ERR_CONFIG for an unknown target or scope, ERR_IO for files; database errors as db_run().
 * Limits     one export is built in memory: about 80 bytes an entry.
 */
#pragma once
#include "base/buf.h"
#include "suppress/list.h"

struct export_target {
    const char *name, *title;
    bool all_scopes;  /* tells the scope of each entry */
    bool hashes_only; /* needs no address: fine with privacy.addresses = hashed */
};

size_t export_targets(const struct export_target **targets); /* rows of the table, in order */
const struct export_target *export_target_named(str name);   /* NULL unknown */

struct export_result {
    int64_t generation, entries, left_out;
    char sha256[65]; /* of all bytes */
};

/* scope NULL: the target's own. */
bool export_make(struct db *db, const struct export_target *target, const char *scope, struct buf *to,
                 struct export_result *out, struct err *err);

/* What the generation before had, and whether the new one may replace it: not when it is empty, nor when it shrank by more
   than the guard's share (policy_guard.shrink_share). false with ERR_INPUT and the reason. */
bool export_guard(struct db *db, const struct export_target *target, const char *scope, const struct export_result *result,
                  struct err *err);
/* Writes beside path, syncs, renames over it, syncs the folder; mode 0644 or as the file there has. */
bool export_write(const char *path, str bytes, struct err *err);
/* Remembers the generation that was written. */
bool export_done(struct db *db, const struct export_target *target, const char *scope, const struct export_result *result,
                 struct err *err);

/*
 * snapshot - the hashes for live look-ups: sorted, so that a look-up halves.
 *   0  "RBSNAP1\n"   8 generation   16 count   24 made at, in us   32 digest of the hashes (128 bits)   48 hashes
 * Numbers are 64 bits, little-endian; a hash is address_hash() or address_domain_hash() with the store's seed.
 */
enum { SNAPSHOT_HEADER = 48 };
struct snapshot_view {
    int64_t generation, made_at_us;
    size_t count;
    const char *hashes;
};
bool snapshot_read(str bytes, struct snapshot_view *out, struct err *err); /* checks size, digest and order */
bool snapshot_has(const struct snapshot_view *view, uint64_t hash);

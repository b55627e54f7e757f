/*
 * list - the suppression list and what operators do with it: look, add, release, confirm, import.
 *
 * An entry is an address or a whole domain, at a scope: "global", "stream:NAME", or "stream:*" (every stream that is
 * not transactional). Addresses and domains are found without regard to case. Every change leaves a line in
 * suppression_history with its actor and its reason; what an operator decided outlives every policy run.
 *
 * Ownership  entries are views into the page being read: valid during the visit only.
 * Errors     ERR_CONFIG for an address, scope or age that cannot be; database errors as db_run(). A change is one
 *            transaction of its own.
 * Limits     the list is read in pages of 5,000: memory does not grow with it.
 */
#pragma once
#include "store/db.h"

struct list_entry {
    uint64_t recipient_hash;
    str address, domain; /* address "" for a whole domain, or when only its hash is kept */
    str kind, scope, state, reason, origin;
    char evidence; /* A to D; 0 none */
    int64_t strikes;
    int64_t first_event_us, last_event_us, expires_at_us, listed_at_us, changed_at_us;
    str diagnostic, rule, note, state_cause, provider, fault;
    bool confirmed;
};

/* NULL or "": any. */
struct list_filter {
    const char *state; /* active, pending, expired, released */
    const char *scope, *reason, *kind, *origin, *provider;
    char evidence; /* 0 any */
    const char *who; /* an address or a domain; NULL all */
};

typedef bool (*list_visit)(void *context, const struct list_entry *entry, struct err *err);

/* In the order of domain, address and scope. */
bool list_read(struct db *db, const struct list_filter *filter, list_visit visit, void *context, struct err *err);
bool list_count(struct db *db, const struct list_filter *filter, int64_t *count, struct err *err);
bool list_generation(struct db *db, int64_t *generation, struct err *err);

struct list_change {
    const char *actor;  /* who did it: a user's name */
    const char *note;   /* why; may be NULL for add */
    const char *scope;  /* add: NULL is "global"; release: NULL is every scope */
    const char *reason; /* add: NULL is "manual" */
    const char *origin; /* add: NULL is "manual" */
    int64_t ttl_us;     /* add: 0 for good */
    int64_t now_us;     /* CLOCK_NONE: the clock */
};

/* who: an address, or a domain ("example.org", "@example.org"). */
bool list_add(struct db *db, str who, const struct list_change *change, struct err *err);
/* The entries that fit filter stop being in force. *count: how many. With dry_run nothing changes. */
bool list_release(struct db *db, const struct list_filter *filter, const struct list_change *change, bool dry_run,
                  int64_t *count, struct err *err);
/* What waits for an operator comes into force. */
bool list_confirm(struct db *db, const struct list_filter *filter, const struct list_change *change, bool dry_run,
                  int64_t *count, struct err *err);
/* Bounces without evidence (grade D) of categories that the policy lists: an operator who trusts them adds them all. */
bool list_confirm_unverified(struct db *db, const struct list_filter *filter, const struct list_change *change,
                             bool dry_run, int64_t *count, struct err *err);

struct list_import {
    int64_t read, added, kept, refused; /* kept: already in force */
    size_t first_refused_line;
};

/* A list in one of the forms `export` writes: csv (by its header line, in any column order), jsonl, or one address or
   @domain a line. now, note, actor and ttl as in change; reason and scope unless the file says them. */
bool list_import(struct db *db, str text, const struct list_change *change, bool dry_run, struct list_import *out,
                 struct err *err);

struct list_moment {
    int64_t at_us;
    str who, scope, change, state, reason, actor, note;
};
typedef bool (*list_moment_visit)(void *context, const struct list_moment *moment, struct err *err);
/* Newest first; who NULL: of all, at most `most`. */
bool list_history(struct db *db, const char *who, int64_t most, list_moment_visit visit, void *context, struct err *err);

/* The members of `suppression list --format json`, as one object. */
struct json_out;
void list_json(struct json_out *to, const struct list_entry *entry);

/* The key of an address or domain; false with ERR_CONFIG when it is neither. *name: cleaned, in the arena. */
bool list_key(struct db *db, str who, struct arena *arena, uint64_t *key, str *name, bool *is_domain, struct err *err);

/*
 * address - mail addresses as keys (RFC 5321 4.1.2, RFC 6531).
 *
 * One rule for all stages: the domain and the local part compare without case
 * (ASCII; other bytes as they are), a trailing dot of the domain is dropped,
 * nothing is folded otherwise (no dots, no plus tags).
 *
 * Ownership  views into the argument or the arena.
 * Limits     address_clean() refuses more than 320 bytes, an empty local part or
 *            domain, blanks and control characters outside a quoted local part.
 */
#pragma once
#include "base/arena.h"

/* What stands between < and >, or the text itself; "rfc822;" and quotes around it gone. */
str address_strip(str text);
/* Strips, checks and folds; answers {NULL,0} when it is no address. */
str address_clean(str text, struct arena *arena);
str address_domain(str address); /* behind the last @; empty without one */
str address_local(str address);

/* A secret from outside of the database (privacy.addresses = hashed): from now on keys of addresses and domains are
 * HMACs with it, and the text of an address is kept nowhere. Said once, before anything is hashed. */
void address_use_key(str key);
bool address_is_keyed(void);
/* What tells two secrets apart and gives neither away. */
uint64_t address_key_mark(void);
/* Key of an address: keyed with the store's seed so that collisions cannot be planned. Folds case itself. */
uint64_t address_hash(str address, uint64_t seed);
/* Key of a domain, of the same family (entries of kind domain share the key space: prefix "@"). */
uint64_t address_domain_hash(str domain, uint64_t seed);
/* Message-ID without <> and blanks, as a key; 0 for none. */
uint64_t message_id_hash(str message_id);

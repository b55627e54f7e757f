/*
 * token - a proof in the bounce address that a report speaks of a mail of ours (evidence grade B).
 *
 * The envelope sender becomes bounces+TOKEN=user=example.org@brand.example (VERP with a keyed token); a report that
 * comes back to it names key, last day and recipient, and nobody without the key can make one for another recipient.
 *
 *   TOKEN = key id (2) + last day (4) + HMAC-SHA-256 cut to 80 bits (16), all RFC 4648 base32 in lower case: relays may
 *           fold the case of a local part. The MAC covers purpose, key id, day, recipient and the address it stands in.
 *
 * Ownership  none; answers are values or written into the caller's room.
 * Errors     token_read() answers why a token does not hold; TOKEN_NONE is the normal case of an address without one.
 * Limits     valid for 14 days at most; two keys are good at a time, so that they can be changed. A local part of more than
 *            64 bytes (RFC 5321 4.5.3.1.1) takes the short form without the recipient; it then has to be given.
 */
#pragma once
#include "base/arena.h"

enum { TOKEN_BYTES = 22, TOKEN_DAYS = 14, TOKEN_KEYS = 2 };

struct token_keys { /* secrets of at least 16 bytes; the first one signs */
    str secrets[TOKEN_KEYS];
    size_t count;
};

enum token_result { TOKEN_NONE = 0, TOKEN_GOOD, TOKEN_EXPIRED, TOKEN_FORGED };

/* The bounce address for one recipient: `sender` is bounces@brand.example. {NULL,0}: no key, or no address. */
str token_make(const struct token_keys *keys, str sender, str recipient, int64_t now_us, struct arena *arena);
/* What a bounce address proves. recipient: whom the report names, "" when it names nobody; *proven: the recipient
 * that the token speaks for (in arena). */
enum token_result token_read(const struct token_keys *keys, str bounce_address, str recipient, int64_t now_us,
                             struct arena *arena, str *proven);

/*
 * keyed - HMAC-SHA-256 (RFC 2104, FIPS 180-4) through GLib's GHmac, and the texts made of it.
 *
 * For tokens in bounce addresses, hashed addresses and signed exports: without the key nobody can
 * make one or go back from it.
 *
 * Ownership  none: results are values.
 * Errors     none. An empty key is the caller's mistake and is asserted.
 */
#pragma once
#include "base/str.h"

enum {
    KEYED_BYTES = 32,
    KEYED_HEX = 2 * KEYED_BYTES + 1,
    KEYED_BASE32 = (KEYED_BYTES * 8 + 4) / 5 + 1,
};

struct keyed {
    uint8_t bytes[KEYED_BYTES];
};

struct keyed keyed_hmac(str key, str data);
/* Several pieces as one text, each with its length in front, so that ("ab","c") and ("a","bc") differ. */
struct keyed keyed_hmac_parts(str key, const str *parts, size_t count);
/* The first 64 bits, big-endian: a hash id that needs the key. */
uint64_t keyed_u64(const struct keyed *value);

/* Compares without telling by its time where two texts differ; lengths may be seen. */
bool keyed_equal(str a, str b);

/* Lower-case texts, NUL-terminated, of the first size_bytes bytes (at most KEYED_BYTES). Answer out. */
const char *keyed_hex(const struct keyed *value, size_t size_bytes, char out[KEYED_HEX]);
/* RFC 4648 base32 without padding, lower case: survives relays that fold the case of a local part. */
const char *keyed_base32(const struct keyed *value, size_t size_bytes, char out[KEYED_BASE32]);
/* SHA-256 without a key, for lists that others define by it. */
struct keyed keyed_sha256(str data);

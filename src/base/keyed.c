#include "base/keyed.h"

#include <assert.h>
#include <glib.h>

static void add(GHmac *hmac, str s)
{
    g_hmac_update(hmac, (const guchar *)s.p, (gssize)s.n);
}

static struct keyed finish(GHmac *hmac)
{
    struct keyed value;
    gsize n = sizeof value.bytes;

    g_hmac_get_digest(hmac, value.bytes, &n);
    g_hmac_unref(hmac);
    return value;
}

static GHmac *start(str key)
{
    assert(key.n > 0);
    return g_hmac_new(G_CHECKSUM_SHA256, (const guchar *)key.p, key.n);
}

struct keyed keyed_hmac(str key, str data)
{
    GHmac *hmac = start(key);

    if (data.n > 0)
        add(hmac, data);
    return finish(hmac);
}

struct keyed keyed_hmac_parts(str key, const str *parts, size_t count)
{
    GHmac *hmac = start(key);

    for (size_t i = 0; i < count; i++) {
        char length[8];

        for (int b = 0; b < 8; b++)
            length[b] = (char)((uint64_t)parts[i].n >> (56 - 8 * b));
        add(hmac, (str){length, sizeof length});
        if (parts[i].n > 0)
            add(hmac, parts[i]);
    }
    return finish(hmac);
}

struct keyed keyed_sha256(str data)
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    struct keyed value;
    gsize n = sizeof value.bytes;

    if (data.n > 0)
        g_checksum_update(sum, (const guchar *)data.p, (gssize)data.n);
    g_checksum_get_digest(sum, value.bytes, &n);
    g_checksum_free(sum);
    return value;
}

uint64_t keyed_u64(const struct keyed *value)
{
    uint64_t n = 0;

    for (int i = 0; i < 8; i++)
        n = n << 8 | value->bytes[i];
    return n;
}

bool keyed_equal(str a, str b)
{
    volatile unsigned char differs = 0;

    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        differs |= (unsigned char)(a.p[i] ^ b.p[i]);
    return differs == 0;
}

const char *keyed_hex(const struct keyed *value, size_t size_bytes, char out[KEYED_HEX])
{
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;

    assert(size_bytes <= KEYED_BYTES);
    for (size_t i = 0; i < size_bytes; i++) {
        out[n++] = digits[value->bytes[i] >> 4];
        out[n++] = digits[value->bytes[i] & 15];
    }
    out[n] = '\0';
    return out;
}

const char *keyed_base32(const struct keyed *value, size_t size_bytes, char out[KEYED_BASE32])
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    unsigned held = 0, bits = 0;
    size_t n = 0;

    assert(size_bytes <= KEYED_BYTES);
    for (size_t i = 0; i < size_bytes; i++) {
        held = (held << 8 | value->bytes[i]) & 0xfff;
        for (bits += 8; bits >= 5; bits -= 5)
            out[n++] = digits[held >> (bits - 5) & 31];
    }
    if (bits > 0)
        out[n++] = digits[held << (5 - bits) & 31];
    out[n] = '\0';
    return out;
}

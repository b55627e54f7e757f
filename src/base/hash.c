#include "base/hash.h"

#include <stdlib.h>
#define XXH_INLINE_ALL /* short texts are all we hash in the hot path: a call costs as much as the hash */
#include <xxhash.h>

#include "base/arena.h"

struct digest {
    XXH3_state_t *state;
};

uint64_t hash64(str s, uint64_t seed)
{
    return XXH3_64bits_withSeed(s.p, s.n, seed);
}

uint64_t hash64_more(uint64_t h, str s)
{
    return XXH3_64bits_withSeed(s.p, s.n, h * 0x9E3779B185EBCA87u + s.n);
}

uint64_t hash64_int(uint64_t h, uint64_t value)
{
    const uint64_t pair[2] = {h, value};

    return XXH3_64bits(pair, sizeof pair);
}

struct hash128 hash128(str s)
{
    const XXH128_hash_t h = XXH3_128bits(s.p, s.n);

    return (struct hash128){h.high64, h.low64};
}

struct digest *digest_new(void)
{
    struct digest *d = mem_alloc(sizeof *d);

    d->state = XXH3_createState();
    XXH3_128bits_reset(d->state);
    return d;
}

void digest_free(struct digest *digest)
{
    if (!digest)
        return;
    XXH3_freeState(digest->state);
    free(digest);
}

void digest_reset(struct digest *digest)
{
    XXH3_128bits_reset(digest->state);
}

void digest_copy(struct digest *to, const struct digest *from)
{
    XXH3_copyState(to->state, from->state);
}

void digest_add(struct digest *digest, str s)
{
    if (s.n)
        XXH3_128bits_update(digest->state, s.p, s.n);
}

struct hash128 digest_value(const struct digest *digest)
{
    const XXH128_hash_t h = XXH3_128bits_digest(digest->state);

    return (struct hash128){h.high64, h.low64};
}

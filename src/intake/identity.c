#include "intake/identity.h"

#include <stdlib.h>

#include "base/stop.h"

enum { SMALL = 4 * 1024, LARGE = 1024 * 1024, SMALL_BLOCKS = LARGE / SMALL, READ_BYTES = 256 * 1024 };

struct identity {
    struct digest *digest; /* of the digest before this block and this block's bytes so far */
    uint64_t length;
    uint64_t block_end; /* where the block being filled ends */
    struct hash128 *blocks;
    size_t count, room;
};

static void hash_store(struct hash128 h, char out[IDENTITY_PACKED_BYTES])
{
    for (int i = 0; i < 8; i++) {
        out[i] = (char)(h.high >> (56 - 8 * i));
        out[8 + i] = (char)(h.low >> (56 - 8 * i));
    }
}

static struct hash128 hash_load(const char *p)
{
    struct hash128 h = {0, 0};

    for (int i = 0; i < 8; i++) {
        h.high = h.high << 8 | (uint8_t)p[i];
        h.low = h.low << 8 | (uint8_t)p[8 + i];
    }
    return h;
}

struct identity *identity_new(void)
{
    struct identity *id = mem_zero(1, sizeof *id);

    id->digest = digest_new();
    id->block_end = SMALL;
    return id;
}

void identity_free(struct identity *identity)
{
    if (!identity)
        return;
    digest_free(identity->digest);
    free(identity->blocks);
    free(identity);
}

void identity_reset(struct identity *identity)
{
    digest_reset(identity->digest);
    identity->length = 0;
    identity->count = 0;
    identity->block_end = SMALL;
}

static void reserve_blocks(struct identity *id, size_t count)
{
    if (count <= id->room)
        return;
    id->room = count * 2 + SMALL_BLOCKS;
    id->blocks = mem_grow(id->blocks, id->room * sizeof *id->blocks);
}

void identity_copy(struct identity *to, const struct identity *from)
{
    reserve_blocks(to, from->count);
    if (from->count)
        memcpy(to->blocks, from->blocks, from->count * sizeof *from->blocks);
    digest_copy(to->digest, from->digest);
    to->length = from->length;
    to->block_end = from->block_end;
    to->count = from->count;
}

size_t identity_blocks(uint64_t length)
{
    return length <= LARGE ? (size_t)(length / SMALL) : (size_t)(SMALL_BLOCKS + (length - LARGE) / LARGE);
}

uint64_t identity_block_end(size_t block)
{
    const uint64_t number = (uint64_t)block + 1;

    return number <= SMALL_BLOCKS ? number * SMALL : (number - SMALL_BLOCKS + 1) * LARGE;
}

/* The next block begins, with what is known so far as its first bytes. */
static void begin_block(struct identity *id)
{
    char before[IDENTITY_PACKED_BYTES];

    digest_reset(id->digest);
    if (id->count) {
        hash_store(id->blocks[id->count - 1], before);
        digest_add(id->digest, (str){before, sizeof before});
    }
    id->block_end = identity_block_end(id->count);
}

static void end_block(struct identity *id)
{
    reserve_blocks(id, id->count + 1);
    id->blocks[id->count++] = digest_value(id->digest);
    begin_block(id);
}

void identity_add(struct identity *identity, str bytes)
{
    while (bytes.n > 0) {
        const uint64_t left = identity->block_end - identity->length;
        const str piece = str_to(bytes, left < bytes.n ? (size_t)left : bytes.n);
        digest_add(identity->digest, piece);
        identity->length += piece.n;
        bytes = str_from(bytes, piece.n);
        if (identity->length == identity->block_end)
            end_block(identity);
    }
}

uint64_t identity_length(const struct identity *identity)
{
    return identity->length;
}

struct hash128 identity_now(const struct identity *identity)
{
    const size_t n = identity->count;

    if (n > 0 && identity_block_end(n - 1) == identity->length)
        return identity->blocks[n - 1];
    return digest_value(identity->digest);
}

str identity_pack(const struct identity *identity, struct arena *arena)
{
    char *out = arena_alloc(arena, identity->count * IDENTITY_PACKED_BYTES);

    for (size_t i = 0; i < identity->count; i++)
        hash_store(identity->blocks[i], out + i * IDENTITY_PACKED_BYTES);
    return (str){out, identity->count * IDENTITY_PACKED_BYTES};
}

bool identity_agrees(const struct identity *identity, str packed)
{
    const size_t known = packed.n / IDENTITY_PACKED_BYTES;
    const size_t n = known < identity->count ? known : identity->count;

    if (n == 0)
        return true;
    /* cumulative: the last block both have speaks for all before it */
    const struct hash128 theirs = hash_load(packed.p + (n - 1) * IDENTITY_PACKED_BYTES);
    const struct hash128 ours = identity->blocks[n - 1];
    return theirs.high == ours.high && theirs.low == ours.low;
}

uint64_t identity_resume(struct identity *identity, str packed, uint64_t position)
{
    const size_t known = packed.n / IDENTITY_PACKED_BYTES;
    const size_t within = identity_blocks(position);
    const size_t n = known < within ? known : within;

    reserve_blocks(identity, n);
    for (size_t i = 0; i < n; i++)
        identity->blocks[i] = hash_load(packed.p + i * IDENTITY_PACKED_BYTES);
    identity->count = n;
    identity->length = n ? identity_block_end(n - 1) : 0;
    begin_block(identity);
    return identity->length;
}

bool identity_read(struct identity *identity, struct input *in, uint64_t to, struct err *err)
{
    char *piece = mem_alloc(READ_BYTES);
    ssize_t n = 1;

    while (identity->length < to && n > 0) {
        const uint64_t left = to - identity->length;
        n = stop_check(err) ? input_read(in, piece, left < READ_BYTES ? (size_t)left : READ_BYTES, err) : -1;
        if (n > 0)
            identity_add(identity, (str){piece, (size_t)n});
    }
    free(piece);
    return n >= 0;
}

bool identity_first_line(str head, struct hash128 *hash)
{
    const str kept = str_to(head, INPUT_PEEK_BYTES);
    const size_t end = str_find_char(kept, '\n');

    if (end == STR_NONE && kept.n < INPUT_PEEK_BYTES)
        return false;
    *hash = hash128(str_to(kept, end == STR_NONE ? kept.n : end + 1));
    return true;
}

#include "suppress/snapshot.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/hash.h"

static const char magic[8] = {'R', 'B', 'S', 'N', 'A', 'P', '1', '\n'};

bool snapshot_stream_is_bulk(struct db *db, const char *scope, bool *bulk, struct err *err)
{
    const struct db_arg name = DB_S(str_of(scope + strlen("stream:")));
    struct db_result *rows;

    if (!db_run(db, "export_stream", &name, 1, &rows, err))
        return false;
    *bulk = db_rows(rows) == 0 || !str_eq(db_text(rows, 0, 0), STR("transactional"));
    db_result_free(rows);
    return true;
}

static void fill(struct buf *to, const struct db_result *rows, int64_t generation)
{
    const size_t count = db_rows(rows), start = to->n;
    char *head = buf_reserve(to, SNAPSHOT_HEADER + 8 * count);
    char *hashes = head + SNAPSHOT_HEADER;

    /* PostgreSQL sorts them as signed numbers: first the half without the top bit, as a look-up wants it. */
    size_t negative = 0;
    while (negative < count && db_int(rows, negative, 0) < 0)
        negative++;
    for (size_t i = 0; i < count; i++)
        bytes_put_u64(hashes + 8 * i, (uint64_t)db_int(rows, (i + negative) % count, 0));
    const struct hash128 digest = hash128((str){hashes, 8 * count});
    memcpy(head, magic, sizeof magic);
    bytes_put_u64(head + 8, (uint64_t)generation);
    bytes_put_u64(head + 16, count);
    bytes_put_u64(head + 24, (uint64_t)clock_now_us());
    bytes_put_u64(head + 32, digest.high);
    bytes_put_u64(head + 40, digest.low);
    to->n = start + SNAPSHOT_HEADER + 8 * count;
}

bool snapshot_make(struct db *db, const char *scope, int64_t generation, struct buf *to, int64_t *entries, struct err *err)
{
    bool bulk = false;
    struct db_result *rows;

    if (strncmp(scope, "stream:", 7) == 0 && !snapshot_stream_is_bulk(db, scope, &bulk, err))
        return false;
    const struct db_arg args[] = {DB_S(str_of(scope)), DB_B(bulk)};
    if (!db_run(db, "export_hashes", args, 2, &rows, err))
        return false;
    *entries = (int64_t)db_rows(rows);
    fill(to, rows, generation);
    db_result_free(rows);
    return true;
}

static bool sorted(const char *hashes, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (bytes_get_u64(hashes + 8 * (i - 1)) >= bytes_get_u64(hashes + 8 * i))
            return false;
    return true;
}

bool snapshot_read(str bytes, struct snapshot_view *out, struct err *err)
{
    if (bytes.n < SNAPSHOT_HEADER || memcmp(bytes.p, magic, sizeof magic) != 0)
        return err_set(err, ERR_INPUT, "this is no snapshot of a suppression list");
    const uint64_t count = bytes_get_u64(bytes.p + 16);
    const str hashes = str_from(bytes, SNAPSHOT_HEADER);
    if (hashes.n % 8 != 0 || count != hashes.n / 8)
        return err_set(err, ERR_INPUT, "the snapshot was cut: %zu bytes do not hold %llu hashes", bytes.n,
                       (unsigned long long)count);
    const struct hash128 digest = hash128(hashes);
    if (bytes_get_u64(bytes.p + 32) != digest.high || bytes_get_u64(bytes.p + 40) != digest.low || !sorted(hashes.p, count))
        return err_set(err, ERR_INPUT, "the snapshot was damaged: its digest differs");
    *out = (struct snapshot_view){(int64_t)bytes_get_u64(bytes.p + 8), (int64_t)bytes_get_u64(bytes.p + 24), count, hashes.p};
    return true;
}

bool snapshot_has(const struct snapshot_view *view, uint64_t hash)
{
    size_t low = 0, high = view->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const uint64_t there = bytes_get_u64(view->hashes + 8 * middle);
        if (there == hash)
            return true;
        if (there < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

#include "serve/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/hash.h"
#include "model/address.h"
#include "store/schema.h"
#include "suppress/export.h"
#include "suppress/list.h"

enum { HEADER = 64, DIGEST_AT = 48, REFUSALS_MAX = 255, REASON_MAX = 64 };
static const char magic[8] = {'R', 'B', 'L', 'I', 'S', 'T', '1', '\n'};

struct lookup {
    int64_t generation, made_us;
    uint64_t seed;
    size_t count, room;
    uint64_t *keys;
    unsigned char *refusals; /* of each key: which text */
    struct buf texts;        /* the refusals, each with a NUL behind it */
    size_t text_at[REFUSALS_MAX], text_count;
};

struct lookup *lookup_new(int64_t generation, int64_t made_us, uint64_t seed)
{
    struct lookup *l = mem_zero(1, sizeof *l);

    l->generation = generation;
    l->made_us = made_us;
    l->seed = seed;
    return l;
}

void lookup_free(struct lookup *lookup)
{
    if (!lookup)
        return;
    free(lookup->keys);
    free(lookup->refusals);
    buf_free(&lookup->texts);
    free(lookup);
}

int64_t lookup_generation(const struct lookup *lookup)
{
    return lookup->generation;
}

int64_t lookup_made_us(const struct lookup *lookup)
{
    return lookup->made_us;
}

size_t lookup_count(const struct lookup *lookup)
{
    return lookup->count;
}

/* ---------------------------------------------------------------- making */

/* Fault of the address is 5.1.1 (RFC 3463 3.2), everything else our policy, 5.7.1. */
static void write_refusal(struct buf *to, str reason, str fault)
{
    buf_printf(to, "%s rebound-suppressed/", str_eq(fault, STR("address")) ? "5.1.1" : "5.7.1");
    for (size_t i = 0; i < reason.n && i < REASON_MAX; i++) { /* imported reasons are anybody's text */
        const char c = reason.p[i];
        buf_add_char(to, str_is_alpha(c) || str_is_digit(c) || c == '_' || c == '-' ? c : '_');
    }
    buf_add_char(to, '\0');
}

static unsigned char refusal_of(struct lookup *l, str reason, str fault)
{
    const size_t start = l->texts.n;

    write_refusal(&l->texts, reason, fault);
    for (size_t i = 0; i < l->text_count; i++) {
        if (strcmp(l->texts.p + l->text_at[i], l->texts.p + start) == 0) {
            l->texts.n = start;
            return (unsigned char)i;
        }
    }
    if (l->text_count == REFUSALS_MAX) {
        l->texts.n = start;
        return REFUSALS_MAX - 1;
    }
    if (l->text_count == REFUSALS_MAX - 1) { /* the last one stands for all that are left */
        l->texts.n = start;
        write_refusal(&l->texts, STR("listed"), STR(""));
    }
    l->text_at[l->text_count] = start;
    return (unsigned char)l->text_count++;
}

static void set_room(struct lookup *l, size_t room)
{
    l->room = room;
    l->keys = mem_grow(l->keys, (room + 1) * sizeof *l->keys);
    l->refusals = mem_grow(l->refusals, room + 1);
}

bool lookup_add(struct lookup *lookup, uint64_t key, str reason, str fault)
{
    if (lookup->count && lookup->keys[lookup->count - 1] >= key)
        return false;
    if (lookup->count == lookup->room)
        set_room(lookup, lookup->room + lookup->room / 2 + 64);
    lookup->keys[lookup->count] = key;
    lookup->refusals[lookup->count++] = refusal_of(lookup, reason, fault);
    return true;
}

static bool add_row(void *self, const struct db_result *row, struct err *err)
{
    return lookup_add(self, (uint64_t)db_int(row, 0, 0), db_text(row, 0, 1), db_text(row, 0, 2)) ||
           err_set(err, ERR_DB, "the list came out of order");
}

struct lookup *lookup_read(struct db *db, struct err *err)
{
    struct lookup *l = lookup_new(0, clock_now_us(), 0);

    /* The generation first: what changes behind it is read the next time at the latest. */
    if (list_generation(db, &l->generation, err) && schema_seed(db, &l->seed, err) &&
        db_each(db, "serve_list", NULL, 0, add_row, l, err)) {
        set_room(l, l->count);
        return l;
    }
    lookup_free(l);
    return NULL;
}

/* ---------------------------------------------------------------- finding */

static str find_key(const struct lookup *l, uint64_t key)
{
    size_t low = 0, high = l->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (l->keys[middle] == key)
            return str_of(l->texts.p + l->text_at[l->refusals[middle]]);
        if (l->keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return (str){"", 0};
}

str lookup_find(const struct lookup *lookup, str key)
{
    str domain = address_domain(key), found;

    if (domain.n == 0)
        return find_key(lookup, address_domain_hash(key, lookup->seed));
    found = find_key(lookup, address_hash(key, lookup->seed));
    return found.n ? found : find_key(lookup, address_domain_hash(domain, lookup->seed));
}

/* ---------------------------------------------------------------- the file */

static struct hash128 digest_of(str bytes)
{
    struct digest *digest = digest_new();
    char mark[8];

    digest_add(digest, (str){bytes.p + 8, DIGEST_AT - 8});
    digest_add(digest, str_from(bytes, HEADER));
    if (address_is_keyed()) {
        bytes_put_u64(mark, address_key_mark()); /* keys made with another secret find nobody */
        digest_add(digest, (str){mark, sizeof mark});
    }
    const struct hash128 value = digest_value(digest);
    digest_free(digest);
    return value;
}

static void write_bytes(const struct lookup *l, struct buf *to)
{
    const uint64_t head[] = {(uint64_t)l->generation, (uint64_t)l->made_us, l->seed, l->count, l->texts.n};
    char *p = buf_reserve(to, HEADER + 9 * l->count);

    memcpy(p, magic, sizeof magic);
    for (size_t i = 0; i < 5; i++)
        bytes_put_u64(p + 8 + 8 * i, head[i]);
    for (size_t i = 0; i < l->count; i++)
        bytes_put_u64(p + HEADER + 8 * i, l->keys[i]);
    if (l->count)
        memcpy(p + HEADER + 8 * l->count, l->refusals, l->count);
    to->n += HEADER + 9 * l->count;
    buf_add(to, buf_str(&l->texts));
    const struct hash128 digest = digest_of(buf_str(to));
    bytes_put_u64(to->p + DIGEST_AT, digest.high);
    bytes_put_u64(to->p + DIGEST_AT + 8, digest.low);
}

bool lookup_save(const struct lookup *lookup, const char *path, struct err *err)
{
    struct buf bytes = {0};
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600); /* the file that replaces it takes over its mode */

    if (fd < 0)
        return err_set_errno(err, ERR_IO, "%s", path);
    close(fd);
    write_bytes(lookup, &bytes);
    const bool ok = export_write(path, buf_str(&bytes), err);
    buf_free(&bytes);
    return ok;
}

static bool set_texts(struct lookup *l, str texts)
{
    buf_add(&l->texts, texts);
    for (size_t at = 0; at < texts.n; at += strlen(l->texts.p + at) + 1) {
        if (l->text_count == REFUSALS_MAX || texts.p[texts.n - 1] != '\0')
            return false;
        l->text_at[l->text_count++] = at;
    }
    return true;
}

static bool set_entries(struct lookup *l, const char *keys, const char *refusals)
{
    for (size_t i = 0; i < l->count; i++) {
        l->keys[i] = bytes_get_u64(keys + 8 * i);
        l->refusals[i] = (unsigned char)refusals[i];
        if (l->refusals[i] >= l->text_count || (i > 0 && l->keys[i - 1] >= l->keys[i]))
            return false;
    }
    return true;
}

static struct lookup *from_bytes(str bytes)
{
    if (bytes.n < HEADER || memcmp(bytes.p, magic, sizeof magic) != 0)
        return NULL;
    const uint64_t count = bytes_get_u64(bytes.p + 32), texts = bytes_get_u64(bytes.p + 40);
    const size_t body = bytes.n - HEADER;
    if (count > body / 9 || texts != body - 9 * count)
        return NULL;
    const struct hash128 digest = digest_of(bytes);
    if (bytes_get_u64(bytes.p + DIGEST_AT) != digest.high || bytes_get_u64(bytes.p + DIGEST_AT + 8) != digest.low)
        return NULL;
    struct lookup *l = lookup_new((int64_t)bytes_get_u64(bytes.p + 8), (int64_t)bytes_get_u64(bytes.p + 16), bytes_get_u64(bytes.p + 24));
    const char *keys = bytes.p + HEADER, *refusals = keys + 8 * count;
    set_room(l, count);
    l->count = count;
    if (set_texts(l, (str){refusals + count, texts}) && set_entries(l, keys, refusals))
        return l;
    lookup_free(l);
    return NULL;
}

static bool read_whole(int fd, struct buf *to)
{
    struct stat st;
    ssize_t n = 1;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    char *p = buf_reserve(to, (size_t)st.st_size);
    while (to->n < (size_t)st.st_size && (n = read(fd, p + to->n, (size_t)st.st_size - to->n)) > 0)
        to->n += (size_t)n;
    return n > 0;
}

struct lookup *lookup_load(const char *path, struct err *err)
{
    struct buf bytes = {0};
    struct lookup *l = NULL;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) {
        if (errno != ENOENT)
            err_set_errno(err, ERR_IO, "%s", path);
        return NULL;
    }
    if (!read_whole(fd, &bytes))
        err_set_errno(err, ERR_IO, "%s", path);
    else if (bytes.n > 0 && !(l = from_bytes(buf_str(&bytes))))
        err_set(err, ERR_INPUT, "%s: is no list of look-ups, or was cut, damaged or made with another secret", path);
    close(fd);
    buf_free(&bytes);
    return l;
}

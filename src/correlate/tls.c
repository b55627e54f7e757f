#include "correlate/tls.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/table.h"

/* Just before its table would double; then the older generation goes. Nothing is walked, however busy the relay. */
enum { YOUNG_MOST = 32000 };
static const int64_t GOOD_FOR_US = 10 * CLOCK_MINUTE;

struct connection {
    uint64_t node_id;
    uint64_t remote_host_id; /* 0 with pid 0: the node logs TLS */
    uint64_t pid;            /* 0: by whichever process */
};

struct said {
    int64_t at_us;
    int64_t grade;
};

struct packed {
    struct connection connection;
    struct said said;
};

struct tls_memory {
    struct table young, old; /* struct connection -> struct said */
};

static void init(struct table *said)
{
    table_init(said, sizeof(struct connection), sizeof(struct said));
}

struct tls_memory *tls_memory_new(void)
{
    struct tls_memory *m = mem_zero(1, sizeof *m);

    init(&m->young);
    init(&m->old);
    return m;
}

void tls_memory_free(struct tls_memory *memory)
{
    table_free(&memory->young);
    table_free(&memory->old);
    free(memory);
}

void tls_memory_clear(struct tls_memory *memory)
{
    table_clear(&memory->young);
    table_clear(&memory->old);
}

static const struct said *find(const struct tls_memory *m, const struct connection *c)
{
    const struct said *said = table_find(&m->young, c);

    return said ? said : table_find(&m->old, c);
}

static void put(struct tls_memory *m, struct connection c, struct said said)
{
    *(struct said *)table_add(&m->young, &c, NULL) = said;
}

/* That a node logs TLS at all is never forgotten. */
static void keep_nodes(struct tls_memory *m)
{
    size_t at = 0;
    const void *key;
    void *value;

    while (table_next(&m->old, &at, &key, &value))
        if (((const struct connection *)key)->remote_host_id == 0 && !table_find(&m->young, key))
            put(m, *(const struct connection *)key, *(struct said *)value);
}

static void turn(struct tls_memory *m)
{
    const struct table empty = m->old;

    keep_nodes(m);
    m->old = m->young;
    m->young = empty;
    table_clear(&m->young);
}

void tls_memory_add(struct tls_memory *memory, uint64_t node_id, uint32_t pid, uint64_t remote_host_id,
                    enum tls_grade grade, int64_t at_us)
{
    const struct said said = {at_us, grade};

    if (memory->young.count >= YOUNG_MOST)
        turn(memory);
    put(memory, (struct connection){node_id, 0, 0}, said);
    put(memory, (struct connection){node_id, remote_host_id, 0}, said);
    put(memory, (struct connection){node_id, remote_host_id, pid}, said);
}

static bool good(const struct said *said, int64_t at_us)
{
    return said && said->at_us >= at_us - GOOD_FOR_US;
}

enum tls_grade tls_memory_grade(const struct tls_memory *memory, uint64_t node_id, uint32_t pid,
                                uint64_t remote_host_id, int64_t at_us)
{
    const struct connection keys[] = {{node_id, remote_host_id, pid}, {node_id, remote_host_id, 0}};
    const struct connection any = {node_id, 0, 0};

    if (remote_host_id == 0 || memory->young.count + memory->old.count == 0)
        return TLS_UNKNOWN;
    for (size_t i = 0; i < 2; i++) {
        const struct said *said = find(memory, &keys[i]);
        if (good(said, at_us))
            return (enum tls_grade)said->grade;
    }
    return find(memory, &any) ? TLS_NONE : TLS_UNKNOWN;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct packed));
}

static void pack_table(const struct tls_memory *m, const struct table *t, uint64_t node_id, int64_t newest_at_us,
                       struct buf *out)
{
    size_t at = 0;
    const void *key;
    void *value;

    while (table_next(t, &at, &key, &value)) {
        struct packed p = {*(const struct connection *)key, *(const struct said *)value};
        if (p.connection.node_id != node_id || (p.connection.remote_host_id && !good(&p.said, newest_at_us)) ||
            (t == &m->old && table_find(&m->young, key)))
            continue;
        buf_add(out, (str){(const char *)&p, sizeof p});
    }
}

void tls_memory_pack(const struct tls_memory *memory, uint64_t node_id, int64_t newest_at_us, struct buf *out)
{
    const size_t start = out->n;

    pack_table(memory, &memory->young, node_id, newest_at_us, out);
    pack_table(memory, &memory->old, node_id, newest_at_us, out);
    if (out->n > start)
        qsort(out->p + start, (out->n - start) / sizeof(struct packed), sizeof(struct packed), by_bytes);
}

void tls_memory_unpack(struct tls_memory *memory, uint64_t node_id, str packed)
{
    for (; packed.n >= sizeof(struct packed); packed = str_from(packed, sizeof(struct packed))) {
        struct packed p;
        memcpy(&p, packed.p, sizeof p);
        p.connection.node_id = node_id;
        put(memory, p.connection, p.said);
    }
}

#include "correlate/tls.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/table.h"

enum { MAX_CONNECTIONS = 65536 };
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
    struct table said; /* struct connection -> struct said */
};

struct tls_memory *tls_memory_new(void)
{
    struct tls_memory *m = mem_zero(1, sizeof *m);

    table_init(&m->said, sizeof(struct connection), sizeof(struct said));
    return m;
}

void tls_memory_free(struct tls_memory *memory)
{
    table_free(&memory->said);
    free(memory);
}

void tls_memory_clear(struct tls_memory *memory)
{
    table_clear(&memory->said);
}

static void drop_old(struct tls_memory *m, int64_t now_us)
{
    struct table fresh;
    size_t at = 0;
    const void *key;
    void *value;

    table_init(&fresh, sizeof(struct connection), sizeof(struct said));
    while (table_next(&m->said, &at, &key, &value)) {
        const struct connection *c = key;
        if (c->remote_host_id == 0 || ((struct said *)value)->at_us >= now_us - GOOD_FOR_US)
            *(struct said *)table_add(&fresh, key, NULL) = *(struct said *)value;
    }
    table_free(&m->said);
    m->said = fresh;
}

static void put(struct tls_memory *m, struct connection c, struct said said)
{
    *(struct said *)table_add(&m->said, &c, NULL) = said;
}

void tls_memory_add(struct tls_memory *memory, uint64_t node_id, uint32_t pid, uint64_t remote_host_id,
                    enum tls_grade grade, int64_t at_us)
{
    const struct said said = {at_us, grade};

    if (memory->said.count > MAX_CONNECTIONS)
        drop_old(memory, at_us);
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

    if (remote_host_id == 0 || memory->said.count == 0)
        return TLS_UNKNOWN;
    for (size_t i = 0; i < 2; i++) {
        const struct said *said = table_find(&memory->said, &keys[i]);
        if (good(said, at_us))
            return (enum tls_grade)said->grade;
    }
    return table_find(&memory->said, &any) ? TLS_NONE : TLS_UNKNOWN;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct packed));
}

void tls_memory_pack(const struct tls_memory *memory, uint64_t node_id, int64_t newest_at_us, struct buf *out)
{
    const size_t start = out->n;
    size_t at = 0;
    const void *key;
    void *value;

    while (table_next(&memory->said, &at, &key, &value)) {
        struct packed p = {*(const struct connection *)key, *(const struct said *)value};
        if (p.connection.node_id != node_id || (p.connection.remote_host_id && !good(&p.said, newest_at_us)))
            continue;
        buf_add(out, (str){(const char *)&p, sizeof p});
    }
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

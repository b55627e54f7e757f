#include "store/restate.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/table.h"

struct index { /* (node, queue id) -> life */
    struct table lives;
    struct restate_life *list;
    size_t count;
};

struct restate_row restate_row_of(const struct db_result *r, size_t i, struct arena *arena)
{
    return (struct restate_row){
        .fact =
            {
                .node_id = (uint64_t)db_int(r, i, 0),
                .queue_id = arena_str(arena, db_text(r, i, 1)),
                .at_us = db_time(r, i, 2),
                .recipient_hash = (uint64_t)db_int(r, i, 3),
                .egress_id = (uint64_t)db_int(r, i, 4),
                .message_id_hash = (uint64_t)db_int(r, i, 7),
                .domain_id = (uint64_t)db_int(r, i, 8),
                .provider_id = (uint64_t)db_int(r, i, 9),
                .remote_host_id = (uint64_t)db_int(r, i, 10),
                .stream_id = (uint64_t)db_int(r, i, 11),
                .signature_id = (uint64_t)db_int(r, i, 12),
                .sasl_user_id = (uint64_t)db_int(r, i, 13),
                .size_bytes = db_int(r, i, 14),
                .cohort_day = (int32_t)db_date(r, i, 15),
                .delay_ms = (int32_t)db_int(r, i, 16),
                .delay_queue_ms = (int32_t)db_int(r, i, 17),
                .delay_active_ms = (int32_t)db_int(r, i, 18),
                .delay_connect_ms = (int32_t)db_int(r, i, 19),
                .delay_send_ms = (int32_t)db_int(r, i, 20),
                .attempt = (int32_t)db_int(r, i, 21),
                .flags = (int16_t)db_int(r, i, 22),
                .tls = (uint8_t)db_int(r, i, 23),
                .direction = (char)db_int(r, i, 24),
                .outcome = (char)db_int(r, i, 25),
                .next_queue_id = arena_str(arena, db_text(r, i, 26)),
                .reply = arena_str(arena, db_text(r, i, 28)),
                .weight = 1,
            },
        .input_id = (uint64_t)db_int(r, i, 5),
        .input_offset = (uint64_t)db_int(r, i, 6),
        .blocked = db_int(r, i, 27),
    };
}

static struct restate_life *life_of(struct index *index, uint64_t node_id, str queue_id)
{
    const uint64_t key = hash64(queue_id, node_id);
    bool added;
    size_t *at = table_add(&index->lives, &key, &added);

    if (added) {
        *at = index->count++;
        index->list = mem_grow(index->list, index->count * sizeof *index->list);
        index->list[*at] = (struct restate_life){.node_id = node_id, .queue_id = queue_id};
    }
    return &index->list[*at];
}

/* Rows come sorted by life, so each life's are a run of the array. */
static bool read_rows(struct db *db, struct index *index, struct arena *arena, struct err *err)
{
    struct db_result *r = NULL;

    if (!db_run(db, "restate_rows", NULL, 0, &r, err))
        return false;
    struct restate_row *rows = arena_alloc(arena, (db_rows(r) + 1) * sizeof *rows);
    for (size_t i = 0; i < db_rows(r); i++) {
        rows[i] = restate_row_of(r, i, arena);
        struct restate_life *life = life_of(index, rows[i].fact.node_id, rows[i].fact.queue_id);
        if (!life->rows)
            life->rows = &rows[i];
        life->row_count++;
    }
    db_result_free(r);
    return true;
}

static bool read_open(struct db *db, struct index *index, struct arena *arena, struct err *err)
{
    struct db_result *nodes = NULL;

    if (!db_run(db, "restate_nodes", NULL, 0, &nodes, err))
        return false;
    bool ok = true;
    for (size_t n = 0; ok && n < db_rows(nodes); n++) {
        const uint64_t node_id = (uint64_t)db_int(nodes, n, 0);
        struct open_state_message *m;
        struct open_state_recipient *r;
        size_t messages, recipients;
        ok = open_state_all_messages(db, node_id, arena, &m, &messages, err) &&
             open_state_all_recipients(db, node_id, arena, &r, &recipients, err);
        for (size_t i = 0; ok && i < messages; i++) {
            struct restate_life *life = life_of(index, node_id, m[i].queue_id);
            if (!life->open)
                life->open = &m[i];
            life->open_count++;
        }
        for (size_t i = 0; ok && i < recipients; i++) {
            struct restate_life *life = life_of(index, node_id, r[i].queue_id);
            if (!life->recipients)
                life->recipients = &r[i];
            life->recipient_count++;
        }
    }
    db_result_free(nodes);
    return ok;
}

bool restate_candidates(struct db *db, struct arena *arena, struct restate_life **out, size_t *count, struct err *err)
{
    struct index index = {0};

    table_init(&index.lives, sizeof(uint64_t), sizeof(size_t));
    const bool ok = read_rows(db, &index, arena, err) && read_open(db, &index, arena, err);
    *count = ok ? index.count : 0;
    *out = arena_alloc(arena, (index.count + 1) * sizeof **out);
    if (index.count)
        memcpy(*out, index.list, index.count * sizeof **out);
    free(index.list);
    table_free(&index.lives);
    return ok;
}

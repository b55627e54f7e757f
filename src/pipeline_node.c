/* Holding a node's open messages for the length of a transaction, and writing them back. */
#include "base/clock.h"
#include "base/hash.h"
#include "pipeline_parts.h"

static bool restore_messages(struct pipeline *p, uint64_t node_id, int64_t until_us, struct err *err)
{
    struct open_state_message *m;
    size_t count;

    if (!open_state_messages(p->facts, node_id, until_us, p->long_arena, &m, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct open_message o = {
            .node_id = m[i].node_id,
            .message_id_hash = m[i].message_id_hash,
            .stream_id = m[i].stream_id,
            .sasl_user_id = m[i].sasl_user_id,
            .first_at_us = m[i].first_at_us,
            .last_at_us = m[i].last_at_us,
            .expired_at_us = m[i].expired_at_us,
            .awaited = m[i].awaited,
            .closed = m[i].closed,
            .size_bytes = m[i].size_bytes,
            .began = m[i].began,
            .lost = m[i].lost,
            .sender_known = m[i].sender_known,
            .null_sender = m[i].null_sender,
            .client_own = m[i].client_own,
            .client_known = m[i].client_known,
            .notification = m[i].notification,
            .forwarded = m[i].forwarded,
            .queue_id_n = (uint8_t)(m[i].queue_id.n < QUEUE_ID_MAX ? m[i].queue_id.n : QUEUE_ID_MAX),
        };
        memcpy(o.queue_id, m[i].queue_id.p, o.queue_id_n);
        correlate_restore_message(p->correlator, &o);
    }
    return true;
}

static bool restore_recipients(struct pipeline *p, uint64_t node_id, int64_t until_us, struct err *err)
{
    struct open_state_recipient *r;
    size_t count;

    if (!open_state_recipients(p->facts, node_id, until_us, p->long_arena, &r, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct open_recipient o = {
            .recipient_hash = r[i].recipient_hash,
            .original_hash = r[i].original_hash,
            .domain_id = r[i].domain_id,
            .provider_id = r[i].provider_id,
            .remote_host_id = r[i].remote_host_id,
            .egress_id = r[i].egress_id,
            .signature_id = r[i].signature_id,
            .last_at_us = r[i].last_at_us,
            .cohort_day = r[i].cohort_day,
            .attempts = r[i].attempts,
            .counted = r[i].counted,
            .deferred = r[i].deferred,
            .blocked = r[i].blocked,
            .direction = r[i].direction,
            .address = r[i].address,
            .reply = r[i].reply,
        };
        correlate_restore_recipient(p->correlator, node_id, r[i].queue_id, &o);
    }
    return true;
}

enum { SLACK_S = 60 }; /* several writers: a log's times go back a little */

/* Takes the node's row; its open messages come with it unless this process wrote them last. A log that begins before
 * what was read of its node continues only what began before it; what comes later is restated (pipeline_restate.c). */
static bool hold_one(struct pipeline *p, uint64_t node_id, int64_t at_us, struct err *err)
{
    bool added;
    struct pipeline_node *n = table_add(&p->nodes, &node_id, &added);
    struct open_state_node state;

    if (n->held)
        return true;
    if (added && !open_state_claim(p->side, node_id, err))
        return false;
    if (!open_state_hold(p->facts, node_id, p->long_arena, &state, err))
        return false;
    n = table_find(&p->nodes, &node_id);
    n->held = true;
    if (!added && n->generation == state.generation)
        return true;
    if (!added)
        return err_set(err, ERR_DB_RETRY, "another rebound has continued the same node meanwhile");
    n->generation = state.generation;
    const int64_t until_us = at_us + SLACK_S * CLOCK_SECOND;
    const bool older = state.newest_at_us != CLOCK_NONE && state.newest_at_us > until_us;
    memory_found(p, node_id, state.memory, older);
    if (older)
        p->older_read = true;
    else
        correlate_restore_node(p->correlator, node_id, state.newest_at_us, state.connections);
    return restore_messages(p, node_id, until_us, err) && restore_recipients(p, node_id, until_us, err);
}

/* With a node come the other instances of its host: services with a syslog name of their own deliver for them. */
bool node_hold(struct pipeline *p, uint64_t node_id, str host, int64_t at_us, struct err *err)
{
    if (!p->writer || node_id == p->held_node_id)
        return true;

    const struct pipeline_node *known = table_find(&p->nodes, &node_id);
    const struct db_arg args[] = {DB_S(host)};
    struct db_result *rows = NULL;
    bool ok = true;

    if (!known || !known->held)
        ok = writer_pause(p->writer, err);
    if (ok && !known)
        ok = db_run(p->facts, "nodes_of_host", args, 1, &rows, err);
    for (size_t i = 0; ok && rows && i < db_rows(rows); i++) {
        const uint64_t other = (uint64_t)db_int(rows, i, 0);
        ok = hold_one(p, other, at_us, err);
        if (ok)
            correlate_instance(p->correlator, host, other);
    }
    db_result_free(rows);
    ok = ok && hold_one(p, node_id, at_us, err);
    p->held_node_id = ok ? node_id : 0;
    return ok;
}

/* ---------------------------------------------------------------- back to the database */

struct writing {
    struct pipeline *p;
    struct err *err;
    bool ok;
};

static void put_message(void *self, const struct open_message *m)
{
    const struct open_state_message s = {
        .node_id = m->node_id,
        .queue_id = {m->queue_id, m->queue_id_n},
        .began = m->began,
        .lost = m->lost,
        .sender_known = m->sender_known,
        .null_sender = m->null_sender,
        .client_own = m->client_own,
        .client_known = m->client_known,
        .notification = m->notification,
        .forwarded = m->forwarded,
        .first_at_us = m->first_at_us,
        .last_at_us = m->last_at_us,
        .expired_at_us = m->expired_at_us,
        .awaited = m->awaited,
        .closed = m->closed,
        .size_bytes = m->size_bytes,
        .message_id_hash = m->message_id_hash,
        .stream_id = m->stream_id,
        .sasl_user_id = m->sasl_user_id,
    };
    open_changes_message(((struct writing *)self)->p->changes, &s);
}

static void put_recipient(void *self, const struct open_message *m, const struct open_recipient *r)
{
    const struct open_state_recipient s = {
        .node_id = m->node_id,
        .queue_id = {m->queue_id, m->queue_id_n},
        .first_at_us = m->first_at_us,
        .recipient_hash = r->recipient_hash,
        .original_hash = r->original_hash,
        .domain_id = r->domain_id,
        .provider_id = r->provider_id,
        .remote_host_id = r->remote_host_id,
        .egress_id = r->egress_id,
        .signature_id = r->signature_id,
        .cohort_day = r->cohort_day,
        .attempts = r->attempts,
        .counted = r->counted,
        .deferred = r->deferred,
        .blocked = r->blocked,
        .direction = r->direction,
        .last_at_us = r->last_at_us,
        .address = r->address,
        .reply = r->reply,
    };
    open_changes_recipient(((struct writing *)self)->p->changes, &s);
}

static void put_gone(void *self, uint64_t node_id, str queue_id, int64_t first_at_us)
{
    open_changes_gone(((struct writing *)self)->p->changes, node_id, queue_id, first_at_us);
}

static void put_node(void *self, uint64_t node_id, int64_t newest_at_us, str connections)
{
    struct writing *w = self;
    struct pipeline_node *n = table_find(&w->p->nodes, &node_id);
    struct open_state_memory memory = {0};
    struct buf packed = {0};

    if (!w->ok || !n)
        return;
    const bool remembers = memory_pack(w->p, node_id, &packed, &memory.timeless);
    memory.packed = buf_str(&packed);
    w->ok = open_state_move(w->p->facts, node_id, n->generation, newest_at_us, connections, remembers ? &memory : NULL,
                            w->err);
    if (w->ok)
        n->generation++;
    buf_free(&packed);
}

bool nodes_write(struct pipeline *p, struct err *err)
{
    struct writing w = {p, err, true};
    const struct correlate_changes to = {put_message, put_recipient, put_gone, put_node, &w};

    correlate_changes(p->correlator, &to);
    return w.ok && open_changes_write(p->changes, p->facts, err);
}

void nodes_release(struct pipeline *p, bool committed)
{
    size_t at = 0;
    const void *key;
    void *value;

    p->held_node_id = 0;
    while (committed && table_next(&p->nodes, &at, &key, &value))
        ((struct pipeline_node *)value)->held = false;
    if (committed)
        return;
    table_clear(&p->nodes);
    if (p->writer)
        memories_forget(p);
    open_changes_clear(p->changes);
    correlate_forget(p->correlator);
    p->last_host = p->last_instance = (str){NULL, STR_NONE}; /* nothing equals it: instances are told anew */
}

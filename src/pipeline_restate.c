/* Lives that were read out of order - an older log after a newer one - told anew: what stood is taken back (weight -1)
 * and told as it is, so that the order of reading changes no report. */
#include "base/clock.h"
#include "base/log.h"
#include "pipeline_parts.h"
#include "store/hops.h"
#include "store/restate.h"

static const int64_t GAP_US = 10 * CLOCK_DAY;

struct fate { /* of one recipient, so far */
    uint64_t recipient_hash;
    int32_t attempts, cohort_day;
    bool counted, deferred, blocked, final;
    char direction;
    int64_t last_at_us;
    const struct delivery *last; /* its newest row */
};

struct telling { /* one life */
    struct pipeline *p;
    const struct restate_life *life;
    const struct open_state_message *old;   /* the open message whose beginning is known; NULL */
    const struct open_state_message *later; /* the open message without a beginning; NULL */
    const struct restate_row *base;         /* else: a row of the life that has its beginning */
    struct fate *fates;
    size_t fate_count;
    int64_t last_at_us, last_partial_us;
    struct hop_due *due; /* from when to when rows were restated */
};

static bool is_partial(const struct restate_row *row)
{
    return row->fact.flags & DELIVERY_PARTIAL;
}

static bool same_message(uint64_t a, uint64_t b)
{
    return a == b || a == 0 || b == 0;
}

/* ---------------------------------------------------------------- which life is it? */

static int64_t first_partial_at(const struct restate_life *life, const struct open_state_message *later)
{
    int64_t at_us = later ? later->first_at_us : INT64_MAX;

    for (size_t i = 0; i < life->row_count; i++)
        if (is_partial(&life->rows[i]) && life->rows[i].fact.at_us < at_us)
            at_us = life->rows[i].fact.at_us;
    return at_us;
}

/* No row without a beginning, but attempts out of order: the life in question is the newest. */
static bool newest_life(struct telling *t)
{
    const struct restate_life *life = t->life;

    for (size_t i = 0; i < life->open_count; i++)
        if (!life->open[i].lost)
            t->old = &life->open[i];
    if (life->row_count)
        t->base = &life->rows[life->row_count - 1];
    if (t->old && t->base && !same_message(t->old->message_id_hash, t->base->fact.message_id_hash))
        t->old = NULL;
    return t->base != NULL;
}

static bool find_beginning(struct telling *t)
{
    const struct restate_life *life = t->life;

    for (size_t i = 0; i < life->open_count; i++)
        if (!life->open[i].began)
            t->later = &life->open[i];
    const int64_t at_us = first_partial_at(life, t->later);
    if (at_us == INT64_MAX)
        return newest_life(t);
    for (size_t i = 0; i < life->open_count; i++)
        if (life->open[i].began && !life->open[i].lost && life->open[i].first_at_us <= at_us &&
            life->open[i].last_at_us >= at_us - GAP_US)
            t->old = &life->open[i];
    for (size_t i = 0; i < life->row_count; i++)
        if (!is_partial(&life->rows[i]) && life->rows[i].fact.at_us <= at_us &&
            life->rows[i].fact.at_us >= at_us - GAP_US)
            t->base = &life->rows[i];
    if (t->old && t->base && !same_message(t->old->message_id_hash, t->base->fact.message_id_hash))
        t->base = NULL; /* an earlier life of the same queue id */
    return t->old || t->base;
}

static bool belongs(const struct telling *t, const struct restate_row *row)
{
    const uint64_t message_id = t->old ? t->old->message_id_hash : t->base->fact.message_id_hash;

    if (t->old && row->fact.at_us < t->old->first_at_us)
        return false;
    return same_message(message_id, row->fact.message_id_hash) && (is_partial(row) || row->fact.message_id_hash == message_id);
}

/* ---------------------------------------------------------------- what a row ought to say */

static bool sends_on(const struct open_state_message *m, const struct delivery *d)
{
    return m->forwarded || (d->flags & DELIVERY_REWRITTEN && m->client_known && !m->client_own);
}

static char direction_of(const struct telling *t, const struct delivery *d)
{
    const struct open_state_message *m = t->old;

    if (d->direction == DIRECTION_INBOUND || d->direction == DIRECTION_HOP)
        return d->direction;
    if (!m)
        return t->base->fact.direction == DIRECTION_INBOUND || t->base->fact.direction == DIRECTION_HOP
                   ? d->direction
                   : t->base->fact.direction;
    if (m->notification || (m->sender_known ? m->null_sender : d->direction == DIRECTION_NOTIFICATION))
        return DIRECTION_NOTIFICATION;
    return sends_on(m, d) ? DIRECTION_FORWARDED : DIRECTION_SUBMITTED;
}

static struct fate *fate_of(struct telling *t, uint64_t recipient_hash)
{
    for (size_t i = 0; i < t->fate_count; i++)
        if (t->fates[i].recipient_hash == recipient_hash)
            return &t->fates[i];
    struct fate *f = &t->fates[t->fate_count++];
    *f = (struct fate){.recipient_hash = recipient_hash};
    return f;
}

static bool leaves_the_rates(char outcome)
{
    return outcome == OUTCOME_SUPPRESSED || outcome == OUTCOME_LOCAL_ERROR;
}

static int16_t flags_of(const struct delivery *d, const struct fate *f, bool known, bool blocked)
{
    int16_t flags = d->flags & (DELIVERY_ATTEMPT | DELIVERY_FINAL | DELIVERY_CLEANED | DELIVERY_REWRITTEN | DELIVERY_CAME_BACK);

    if (d->outcome == OUTCOME_FAILED_ASYNC)
        return flags;
    if (!leaves_the_rates(d->outcome) && !(known && f->counted && f->direction == d->direction))
        flags |= DELIVERY_FIRST;
    if (d->outcome == OUTCOME_DEFERRED && !(known && f->deferred))
        flags |= DELIVERY_FIRST_DEFERRAL;
    if (blocked && !(known && f->blocked) && d->outcome != OUTCOME_EXPIRED && d->outcome != OUTCOME_LOST)
        flags |= DELIVERY_FIRST_BLOCKED;
    if (d->outcome == OUTCOME_DELIVERED && flags & DELIVERY_ATTEMPT && !(flags & DELIVERY_CAME_BACK) && !known)
        flags |= DELIVERY_FIRST_TRY;
    return flags;
}

static void follow(struct fate *f, const struct delivery *d, bool blocked)
{
    f->attempts = d->attempt;
    f->cohort_day = d->cohort_day;
    f->counted = f->counted || !leaves_the_rates(d->outcome);
    f->direction = d->direction;
    f->deferred = f->deferred || d->outcome == OUTCOME_DEFERRED;
    f->blocked = f->blocked || blocked;
    f->final = d->outcome != OUTCOME_DEFERRED;
    f->last_at_us = d->at_us;
}

/* A hand-over that another log shows stays one (pipeline_hops.c), of whatever it is without. */
static int16_t mark_linked(struct delivery *d)
{
    const char direction = d->direction;

    if (direction != DIRECTION_SUBMITTED && direction != DIRECTION_FORWARDED)
        return 0;
    d->direction = DIRECTION_HOP;
    return direction == DIRECTION_FORWARDED ? DELIVERY_LINKED | DELIVERY_LINKED_FORWARD : DELIVERY_LINKED;
}

/* Sets the direction; answers what the flags say of it. */
static int16_t mark_direction(const struct telling *t, struct delivery *d)
{
    const bool linked = d->flags & DELIVERY_LINKED;

    if (linked)
        d->direction = d->flags & DELIVERY_LINKED_FORWARD ? DIRECTION_FORWARDED : DIRECTION_SUBMITTED;
    d->direction = direction_of(t, d);
    if (linked)
        return mark_linked(d);
    if (d->direction != DIRECTION_HOP)
        return 0;
    return (t->old ? sends_on(t->old, d) : (t->base->fact.flags | d->flags) & DELIVERY_LINKED_FORWARD) ? DELIVERY_LINKED_FORWARD
                                                                                                    : 0;
}

static struct delivery ought(struct telling *t, const struct restate_row *row)
{
    struct delivery d = row->fact;
    struct fate *f = fate_of(t, d.recipient_hash);
    const bool known = f->last_at_us != 0 && (!f->final || d.outcome == OUTCOME_FAILED_ASYNC);

    if (!known)
        *f = (struct fate){.recipient_hash = d.recipient_hash};
    d.message_id_hash = t->old ? t->old->message_id_hash : t->base->fact.message_id_hash;
    if (!t->old || t->old->stream_id) /* the older log may end in front of the sender */
        d.stream_id = t->old ? t->old->stream_id : t->base->fact.stream_id;
    d.sasl_user_id = t->old ? t->old->sasl_user_id : t->base->fact.sasl_user_id;
    if (!t->old || t->old->size_bytes >= 0)
        d.size_bytes = t->old ? t->old->size_bytes : t->base->fact.size_bytes;
    const int16_t marks = mark_direction(t, &d);
    d.cohort_day = known ? f->cohort_day : (int32_t)(clock_floor(d.at_us, CLOCK_DAY) / CLOCK_DAY);
    d.attempt = (known ? f->attempts : 0) + !!(d.flags & DELIVERY_ATTEMPT);
    d.flags = flags_of(&d, f, known, row->blocked) | marks;
    follow(f, &d, row->blocked);
    f->last = &row->fact;
    return d;
}

static bool says_the_same(const struct delivery *a, const struct delivery *b)
{
    return a->message_id_hash == b->message_id_hash && a->stream_id == b->stream_id &&
           a->sasl_user_id == b->sasl_user_id && a->size_bytes == b->size_bytes && a->direction == b->direction &&
           a->cohort_day == b->cohort_day && a->attempt == b->attempt && a->flags == b->flags;
}

static void tell_row(struct telling *t, const struct restate_row *row)
{
    const char *origin = row->fact.outcome == OUTCOME_FAILED_ASYNC ? "dsn" : "log";
    const char evidence = row->fact.outcome == OUTCOME_FAILED_ASYNC ? 'C' : 'A';
    struct delivery was = row->fact;
    const struct delivery is = ought(t, row);

    t->last_at_us = row->fact.at_us > t->last_at_us ? row->fact.at_us : t->last_at_us;
    if (is_partial(row))
        t->last_partial_us = t->last_at_us;
    if (says_the_same(&was, &is))
        return;
    t->due->from_us = was.at_us < t->due->from_us ? was.at_us : t->due->from_us;
    t->due->to_us = was.at_us > t->due->to_us ? was.at_us : t->due->to_us;
    was.weight = -1;
    writer_at(t->p->writer, row->input_id, row->input_offset);
    writer_delivery(t->p->writer, &was, origin, evidence);
    writer_delivery(t->p->writer, &is, origin, evidence);
}

/* ---------------------------------------------------------------- what is still open of it */

/* One of the pieces that this life was read in: its beginning, its end, or something between them. */
static bool is_piece(const struct telling *t, const struct open_state_message *m)
{
    return m->first_at_us == t->old->first_at_us ||
           (!m->began && t->later && m->first_at_us >= t->old->first_at_us && m->first_at_us <= t->later->first_at_us);
}

static bool of_piece(const struct telling *t, const struct open_state_recipient *r)
{
    for (size_t i = 0; i < t->life->open_count; i++)
        if (t->life->open[i].first_at_us == r->first_at_us)
            return is_piece(t, &t->life->open[i]);
    return false;
}

/* A later piece knows the same recipient: what it says counts. */
static bool known_later(const struct telling *t, const struct open_state_recipient *r)
{
    for (size_t i = 0; i < t->life->recipient_count; i++) {
        const struct open_state_recipient *other = &t->life->recipients[i];
        if (other->recipient_hash == r->recipient_hash && other->first_at_us > r->first_at_us && of_piece(t, other))
            return true;
    }
    return false;
}

/* A recipient as its rows, now told in order, leave it. */
static struct open_state_recipient as_told(const struct telling *t, const struct open_state_recipient *from)
{
    struct open_state_recipient r = *from;

    for (size_t i = 0; i < t->fate_count; i++) {
        const struct fate *f = &t->fates[i];
        if (f->recipient_hash != r.recipient_hash)
            continue;
        r.attempts = f->attempts;
        r.cohort_day = f->cohort_day;
        r.counted = f->counted;
        r.deferred = f->deferred;
        r.blocked = r.blocked || f->blocked;
        r.direction = f->direction;
        r.last_at_us = f->last->at_us;
        r.signature_id = f->last->signature_id;
        r.provider_id = f->last->provider_id;
        r.remote_host_id = f->last->remote_host_id;
        r.egress_id = f->last->egress_id;
    }
    return r;
}

/* The end of a recipient that no row tells: the message expired, or left the queue. */
static void tell_end(struct telling *t, const struct open_state_recipient *r, char outcome, int64_t at_us)
{
    const struct open_state_message *m = t->old;
    const struct delivery d = {
        .at_us = at_us, .node_id = m->node_id, .egress_id = r->egress_id, .recipient_hash = r->recipient_hash,
        .message_id_hash = m->message_id_hash, .domain_id = r->domain_id, .provider_id = r->provider_id,
        .remote_host_id = r->remote_host_id, .stream_id = m->stream_id, .signature_id = r->signature_id,
        .sasl_user_id = m->sasl_user_id, .size_bytes = m->size_bytes, .cohort_day = r->cohort_day, .delay_ms = -1,
        .delay_queue_ms = -1, .delay_active_ms = -1, .delay_connect_ms = -1, .delay_send_ms = -1,
        .attempt = r->attempts, .flags = DELIVERY_FINAL, .weight = 1, .direction = r->direction, .outcome = outcome,
        .queue_id = m->queue_id, .address = r->address, .reply = r->reply,
    };

    writer_delivery(t->p->writer, &d, "log", 'A');
    writer_recipient(t->p->writer, r->recipient_hash, r->address);
}

/* A recipient that was open at the end of the older log: has the newer one told its end? */
static bool still_open(const struct telling *t, const struct open_state_recipient *r)
{
    for (size_t i = 0; i < t->fate_count; i++)
        if (t->fates[i].recipient_hash == r->recipient_hash)
            return !t->fates[i].final;
    return true;
}

static void keep_recipient(struct telling *t, const struct open_state_recipient *from)
{
    struct open_state_recipient r = as_told(t, from);

    r.first_at_us = t->old->first_at_us;
    open_changes_recipient(t->p->changes, &r);
}

static void tell_open(struct telling *t)
{
    const struct restate_life *life = t->life;
    const bool goes_on = t->old->last_at_us >= t->last_partial_us || (t->later && !t->later->closed);
    const int64_t expired_us = t->later ? t->later->expired_at_us : CLOCK_NONE;
    struct open_state_message m = *t->old;

    for (size_t i = 0; i < life->open_count; i++)
        if (is_piece(t, &life->open[i]))
            open_changes_gone(t->p->changes, m.node_id, m.queue_id, life->open[i].first_at_us);
    for (size_t i = 0; i < life->recipient_count; i++) {
        const struct open_state_recipient *r = &life->recipients[i];
        if (!of_piece(t, r) || !still_open(t, r) || known_later(t, r))
            continue;
        const struct open_state_recipient told = as_told(t, r);
        if (expired_us != CLOCK_NONE)
            tell_end(t, &told, OUTCOME_EXPIRED, expired_us);
        else if (goes_on)
            keep_recipient(t, r);
        else
            tell_end(t, &told, OUTCOME_LOST, t->last_at_us);
    }
    if (!goes_on)
        return;
    if (t->later && t->later->last_at_us > m.last_at_us)
        m.last_at_us = t->later->last_at_us;
    open_changes_message(t->p->changes, &m);
}

/* The life's end was read before its middle: what the middle left open has ended since, or goes on with what its
 * beginning was. */
static void tell_middle(struct telling *t)
{
    const struct restate_life *life = t->life;
    const struct delivery *base = &t->base->fact;
    struct open_state_message m = *t->later;
    bool any = false;

    open_changes_gone(t->p->changes, m.node_id, m.queue_id, m.first_at_us);
    m.began = true;
    m.message_id_hash = base->message_id_hash;
    m.stream_id = base->stream_id;
    m.sasl_user_id = base->sasl_user_id;
    m.size_bytes = base->size_bytes;
    t->old = &m;
    for (size_t i = 0; i < life->recipient_count; i++)
        if (life->recipients[i].first_at_us == m.first_at_us && still_open(t, &life->recipients[i])) {
            any = true;
            keep_recipient(t, &life->recipients[i]);
        }
    if (any || (!m.closed && m.last_at_us > t->last_at_us))
        open_changes_message(t->p->changes, &m);
    t->old = NULL;
}

static void tell_life(struct pipeline *p, const struct restate_life *life, struct hop_due *due)
{
    struct telling t = {.p = p, .life = life, .due = due};

    if (!find_beginning(&t))
        return;
    t.fates = arena_alloc(p->long_arena, (life->row_count + 1) * sizeof *t.fates);
    for (size_t i = 0; i < life->row_count; i++)
        if (belongs(&t, &life->rows[i]))
            tell_row(&t, &life->rows[i]);
    if (t.old)
        tell_open(&t);
    else if (t.later)
        tell_middle(&t);
}

/* Held before anything is read, and moved on: who has this node's messages in memory, or restates it too, reads anew. */
static bool hold_node(struct pipeline *p, uint64_t node_id, struct err *err)
{
    struct open_state_node state;

    if (!open_state_hold(p->facts, node_id, p->long_arena, &state, err))
        return false;
    return state.generation == 0 ||
           open_state_move(p->facts, node_id, state.generation, state.newest_at_us, state.connections, NULL,
                           err);
}

static bool hold_nodes(struct pipeline *p, struct table *held, struct err *err)
{
    struct db_result *rows = NULL;
    bool ok = db_run(p->facts, "restate_nodes", NULL, 0, &rows, err);

    for (size_t i = 0; ok && i < db_rows(rows); i++) {
        const uint64_t node_id = (uint64_t)db_int(rows, i, 0);
        table_add(held, &node_id, NULL);
        ok = hold_node(p, node_id, err);
    }
    db_result_free(rows);
    return ok;
}

static bool read_lives(struct pipeline *p, struct restate_life **lives, size_t *count, struct err *err)
{
    struct table held;

    table_init(&held, sizeof(uint64_t), 0);
    bool ok = hold_nodes(p, &held, err) && restate_candidates(p->facts, p->long_arena, lives, count, err);
    for (size_t i = 0; ok && i < *count; i++)
        if (!table_find(&held, &(*lives)[i].node_id))
            ok = err_set(err, ERR_DB_RETRY, "another rebound reads the same nodes");
    table_free(&held);
    return ok;
}

static bool restate_once(struct pipeline *p, struct err *err)
{
    struct hop_due due = {.from_us = INT64_MAX, .to_us = INT64_MIN};
    struct restate_life *lives = NULL;
    size_t count = 0;

    if (!writer_begin(p->writer, err) || !read_lives(p, &lives, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        tell_life(p, &lives[i], &due);
    due.node_id = count ? lives[0].node_id : 0;
    return writer_flush(p->writer, err) && open_changes_write(p->changes, p->facts, err) &&
           hops_due_add(p->facts, &due, due.from_us <= due.to_us, err) && writer_commit(p->writer, err);
}

bool restate_lives(struct pipeline *p, struct err *err)
{
    bool ok = !p->older_read;

    for (int tries = 0; !ok && tries < 5; tries++) {
        arena_reset(p->long_arena);
        nodes_release(p, false);
        ok = restate_once(p, err);
        if (ok)
            break;
        writer_rollback(p->writer);
        open_changes_clear(p->changes);
        if (err->kind != ERR_DB_RETRY)
            break;
    }
    return ok;
}

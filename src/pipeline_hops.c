/* One life per message: what one relay of ours handed to the next (or to a service that tells us what came of it) counts
 * where it ends. Whichever log comes last, a row that turns out a hand-over - or turns out none - is taken back (weight -1)
 * and told as it is, and so is what came of it: the stream and the user are those of the relay where the message began. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "pipeline_parts.h"
#include "store/hops.h"

enum { PASSES_MOST = 10000, TRIES_MOST = 5 };

struct told { /* a row, and what it ought to say */
    const struct restate_row *row;
    struct delivery is;
    struct told *next; /* of the same recipient, in order of time */
    bool gone;         /* a bounce that was joined to it: it is joined anew */
    bool stays_joined; /* what changes is of no concern to its bounces */
};

struct retelling { /* one life */
    struct pipeline *p;
    struct told *rows;
    size_t count;
    struct table recipients; /* recipient_hash -> struct told * */
};

struct again { /* messages and recipients whose returned mail is joined anew */
    int64_t *messages, *recipients;
    size_t count, room;
};

/* ---------------------------------------------------------------- the rows of one life */

static void index_rows(struct retelling *t)
{
    table_clear(&t->recipients);
    for (size_t i = t->count; i-- > 0;) {
        struct told **first = table_add(&t->recipients, &t->rows[i].is.recipient_hash, NULL);
        t->rows[i].next = *first;
        *first = &t->rows[i];
    }
}

static struct told *first_of(const struct retelling *t, uint64_t recipient_hash)
{
    struct told **first = table_find(&t->recipients, &recipient_hash);

    return first ? *first : NULL;
}

static bool is_bounce(const struct told *row)
{
    return row->is.outcome == OUTCOME_FAILED_ASYNC;
}

static bool ends_here(const struct told *row, const struct hop_change *c)
{
    return row->is.flags & DELIVERY_FINAL && !is_bounce(row) && row->is.at_us == c->at_us &&
           row->is.message_id_hash == c->message_id_hash;
}

/* ---------------------------------------------------------------- a hand-over, or none */

static void turn(struct delivery *d, bool handed)
{
    const int16_t marks = DELIVERY_LINKED | DELIVERY_LINKED_FORWARD;

    if (handed && (d->direction == DIRECTION_SUBMITTED || d->direction == DIRECTION_FORWARDED)) {
        d->flags |= d->direction == DIRECTION_FORWARDED ? marks : DELIVERY_LINKED;
        d->direction = DIRECTION_HOP;
    } else if (!handed && d->flags & DELIVERY_LINKED) {
        d->direction = d->flags & DELIVERY_LINKED_FORWARD ? DIRECTION_FORWARDED : DIRECTION_SUBMITTED;
        d->flags &= (int16_t)~marks;
    }
}

/* The first row of each direction counts the message. */
static void count_first(struct told *from, const struct told *end, uint64_t message_id_hash)
{
    char direction = '\0';

    for (struct told *row = from; row != end; row = row->next) {
        if (row->is.message_id_hash != message_id_hash || is_bounce(row) || row->is.outcome == OUTCOME_SUPPRESSED ||
            row->is.outcome == OUTCOME_LOCAL_ERROR)
            continue;
        row->is.flags &= (int16_t)~DELIVERY_FIRST;
        row->is.flags |= row->is.direction == direction ? 0 : DELIVERY_FIRST;
        direction = row->is.direction;
    }
}

static void tell_handed(struct retelling *t, const struct hop_change *c)
{
    struct told *begin = first_of(t, c->recipient_hash), *row = begin;

    for (; row && !ends_here(row, c); row = row->next)
        if (row->is.flags & DELIVERY_FINAL && !is_bounce(row) && row->is.message_id_hash == c->message_id_hash)
            begin = row->next; /* the id was used before */
    if (!row)
        return;
    for (struct told *r = begin; r != row->next; r = r->next)
        if (r->is.message_id_hash == c->message_id_hash && !is_bounce(r))
            turn(&r->is, c->handed);
    count_first(begin, row->next, c->message_id_hash);
    for (struct told *r = begin; r; r = r->next)
        r->gone = r->gone || (is_bounce(r) && r->is.message_id_hash == c->message_id_hash);
}

/* ---------------------------------------------------------------- what came of one */

static void tell_arrived(struct retelling *t, const struct hop_change *c)
{
    for (size_t i = 0; i < t->count; i++) {
        struct delivery *d = &t->rows[i].is;
        if (d->message_id_hash != c->message_id_hash)
            continue;
        d->stream_id = c->stream_id;
        d->sasl_user_id = c->sasl_user_id ? c->sasl_user_id : d->sasl_user_id;
        if (c->began_as != '-' && (d->direction == DIRECTION_SUBMITTED || d->direction == DIRECTION_FORWARDED))
            d->direction = c->began_as;
        t->rows[i].gone = is_bounce(&t->rows[i]);
    }
}

/* A smarthost's 250 says nothing of the end; with a bounce behind it, it was taken and failed later. */
static void tell_returned(struct retelling *t, const struct hop_change *c)
{
    for (struct told *row = first_of(t, c->recipient_hash); row; row = row->next) {
        if (!ends_here(row, c) || row->is.outcome != (c->handed ? OUTCOME_HANDED_OVER : OUTCOME_DELIVERED))
            continue;
        row->is.outcome = c->handed ? OUTCOME_DELIVERED : OUTCOME_HANDED_OVER;
        row->is.flags ^= DELIVERY_CAME_BACK;
        row->stays_joined = true;
    }
}

/* ---------------------------------------------------------------- telling */

static bool says_the_same(const struct delivery *a, const struct delivery *b)
{
    return a->direction == b->direction && a->outcome == b->outcome && a->flags == b->flags && a->stream_id == b->stream_id &&
           a->sasl_user_id == b->sasl_user_id;
}

static void note_again(struct again *again, const struct delivery *d)
{
    if (again->count == again->room) {
        again->room = again->room * 2 + 1024;
        again->messages = mem_grow(again->messages, again->room * sizeof *again->messages);
        again->recipients = mem_grow(again->recipients, again->room * sizeof *again->recipients);
    }
    again->messages[again->count] = (int64_t)d->message_id_hash;
    again->recipients[again->count++] = (int64_t)d->recipient_hash;
}

static void tell_row(struct pipeline *p, const struct told *row, struct again *again)
{
    const bool bounce = row->is.outcome == OUTCOME_FAILED_ASYNC;
    struct delivery was = row->row->fact;

    if (!row->gone && says_the_same(&was, &row->is))
        return;
    was.weight = -1;
    writer_at(p->writer, row->row->input_id, row->row->input_offset);
    writer_delivery(p->writer, &was, bounce ? "dsn" : "log", bounce ? 'C' : 'A');
    if (!row->gone)
        writer_delivery(p->writer, &row->is, "log", 'A');
    if (row->is.flags & DELIVERY_FINAL && !row->stays_joined)
        note_again(again, &row->is);
}

static int by_life(uint64_t node_a, str queue_a, uint64_t node_b, str queue_b)
{
    if (node_a != node_b)
        return (int64_t)node_a < (int64_t)node_b ? -1 : 1;
    const size_t n = queue_a.n < queue_b.n ? queue_a.n : queue_b.n;
    const int order = memcmp(queue_a.p, queue_b.p, n);
    return order ? order : (queue_a.n > queue_b.n) - (queue_a.n < queue_b.n);
}

static bool same_life(const struct hop_change *a, const struct hop_change *b)
{
    return by_life(a->node_id, a->queue_id, b->node_id, b->queue_id) == 0;
}

static void tell_life(struct retelling *t, const struct hop_change *changes, size_t count, struct again *again)
{
    index_rows(t);
    for (size_t i = 0; i < count; i++)
        if (changes[i].kind == 'p')
            tell_handed(t, &changes[i]);
        else if (changes[i].kind == 'r')
            tell_returned(t, &changes[i]);
        else
            tell_arrived(t, &changes[i]);
    for (size_t i = 0; i < t->count; i++)
        tell_row(t->p, &t->rows[i], again);
}

/* Where a life's rows begin: lives -> index of its first row. */
static void index_lives(struct table *lives, const struct restate_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint64_t key = hash64(rows[i].fact.queue_id, rows[i].fact.node_id);
        bool added;
        size_t *first = table_add(lives, &key, &added);
        if (added)
            *first = i;
    }
}

static void tell_all(struct pipeline *p, const struct hop_change *changes, size_t count, const struct restate_row *rows,
                     size_t row_count, struct again *again)
{
    struct retelling t = {.p = p, .rows = arena_alloc(p->long_arena, (row_count + 1) * sizeof *t.rows)};
    struct told *const room = t.rows;
    struct table lives;

    table_init(&lives, sizeof(uint64_t), sizeof(size_t));
    table_init(&t.recipients, sizeof(uint64_t), sizeof(struct told *));
    index_lives(&lives, rows, row_count);
    for (size_t i = 0, n; i < count; i += n) {
        const uint64_t key = hash64(changes[i].queue_id, changes[i].node_id);
        const size_t *first = table_find(&lives, &key);
        for (n = 1; i + n < count && same_life(&changes[i], &changes[i + n]);)
            n++;
        t.rows = room;
        t.count = 0;
        for (size_t r = first ? *first : row_count; r < row_count; r++) {
            if (by_life(rows[r].fact.node_id, rows[r].fact.queue_id, changes[i].node_id, changes[i].queue_id) != 0)
                break;
            t.rows[t.count++] = (struct told){.row = &rows[r], .is = rows[r].fact};
        }
        tell_life(&t, &changes[i], n, again);
    }
    table_free(&lives);
    table_free(&t.recipients);
}

/* ---------------------------------------------------------------- one pass */

/* Who restates lives or reads this node's logs waits; mail is joined by nobody else meanwhile. */
static bool hold_all(struct pipeline *p, const struct hop_change *changes, size_t count, struct err *err)
{
    struct open_state_node state;
    struct table held;
    const void **keys;
    bool ok = true;

    table_init(&held, sizeof(uint64_t), 0);
    for (size_t i = 0; i < count; i++)
        table_add(&held, &changes[i].node_id, NULL);
    keys = table_sorted_keys(&held);
    for (size_t i = 0; ok && i < held.count; i++)
        ok = open_state_hold(p->facts, *(const uint64_t *)keys[i], p->long_arena, &state, err);
    free(keys);
    table_free(&held);
    return ok;
}

static void span_of(const struct hop_due *due, size_t count, int64_t *from_us, int64_t *to_us)
{
    *from_us = due[0].from_us;
    *to_us = due[0].to_us;
    for (size_t i = 1; i < count; i++) {
        *from_us = due[i].from_us < *from_us ? due[i].from_us : *from_us;
        *to_us = due[i].to_us > *to_us ? due[i].to_us : *to_us;
    }
}

static bool restate_changes(struct pipeline *p, int64_t from_us, int64_t to_us, size_t *count, struct err *err)
{
    struct hop_change *changes;
    struct restate_row *rows;
    struct again again = {0};
    size_t row_count;

    if (!hops_find(p->facts, from_us, to_us, p->long_arena, &changes, count, err))
        return false;
    if (*count == 0)
        return true;
    if (!hold_all(p, changes, *count, err) || /* and once more: until now somebody may have restated them */
        !hops_find(p->facts, from_us, to_us, p->long_arena, &changes, count, err) ||
        !hold_all(p, changes, *count, err) ||
        !hops_rows(p->facts, changes, *count, from_us, to_us, p->long_arena, &rows, &row_count, err))
        return false;
    tell_all(p, changes, *count, rows, row_count, &again);
    const bool ok = writer_flush(p->writer, err) &&
                    hops_returned_again(p->facts, again.messages, again.recipients, again.count, err);
    free(again.messages);
    free(again.recipients);
    return ok;
}

/* One transaction: some thousand changes, or the note that there are none. *more: there may be others. */
static bool one_pass(struct pipeline *p, bool *more, struct err *err)
{
    struct hop_due *due;
    size_t count, changed = 0;
    int64_t from_us, to_us;
    bool wanted;

    *more = false;
    if (!writer_begin(p->writer, err) || !db_run(p->facts, "returned_hold", NULL, 0, NULL, err) ||
        !hops_due(p->facts, p->long_arena, &due, &count, err))
        return false;
    if (count == 0)
        return writer_commit(p->writer, err);
    span_of(due, count, &from_us, &to_us);
    if (!hops_wanted(p->facts, from_us, to_us, &wanted, err) ||
        (wanted && !restate_changes(p, from_us, to_us, &changed, err)))
        return false;
    *more = changed > 0;
    return (changed > 0 || hops_due_done(p->facts, due, count, err)) && writer_commit(p->writer, err);
}

bool join_hops(struct pipeline *p, struct err *err)
{
    bool more = true;

    for (int passes = 0, tries = 0; more && passes < PASSES_MOST; passes++) {
        arena_reset(p->long_arena);
        if (one_pass(p, &more, err)) {
            tries = 0;
            continue;
        }
        writer_rollback(p->writer);
        if (err->kind != ERR_DB_RETRY || ++tries == TRIES_MOST)
            return false;
        *err = (struct err){0};
        more = true;
    }
    if (more)
        log_say(SAY_WARNING, "hand-overs between relays: not all could be joined");
    return true;
}

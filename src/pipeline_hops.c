/* One life per message: what one relay of ours handed to the next (or to a service that tells us what came of it)
 * counts where it ends. Whichever log comes last, a row that turns out a hand-over - or turns out none - is taken back
 * (weight -1) and told as it is, and so is what came of it: the stream and the user are those of the relay where the
 * message began. */
#include <stdlib.h>

#include "base/clock.h"
#include "pipeline_parts.h"
#include "store/hops.h"

enum { LOOKS_MOST = 16, TRIES_MOST = 5, LIVES_AT_ONCE = 4096 }; /* a message passes fewer relays than looks */

static const int64_t WINDOW_US = 2 * CLOCK_DAY;

struct told { /* a row, and what it ought to say */
    const struct restate_row *row;
    struct delivery is;
    struct told *next; /* of the same recipient, in order of time */
    bool gone;         /* a bounce that was joined to the life: it is joined anew ... */
    bool again;        /* ... and so are complaints about this one */
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
    row->again = true;
    count_first(begin, row->next, c->message_id_hash);
    for (struct told *r = begin; r; r = r->next)
        r->gone = r->gone || (is_bounce(r) && r->is.message_id_hash == c->message_id_hash);
}

/* ---------------------------------------------------------------- what came of one */

static void begin_as(struct delivery *d, char direction)
{
    if (d->direction == DIRECTION_SUBMITTED || d->direction == DIRECTION_FORWARDED)
        d->direction = direction;
    else if (d->direction == DIRECTION_HOP && direction == DIRECTION_FORWARDED)
        d->flags |= DELIVERY_LINKED_FORWARD;
    else if (d->direction == DIRECTION_HOP)
        d->flags &= (int16_t)~DELIVERY_LINKED_FORWARD;
}

static void tell_arrived(struct retelling *t, const struct hop_change *c)
{
    for (size_t i = 0; i < t->count; i++) {
        struct delivery *d = &t->rows[i].is;
        if (d->message_id_hash != c->message_id_hash)
            continue;
        d->stream_id = c->stream_id;
        d->sasl_user_id = c->sasl_user_id ? c->sasl_user_id : d->sasl_user_id;
        if (c->began_as != '-')
            begin_as(d, c->began_as);
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
    return a->direction == b->direction && a->outcome == b->outcome && a->flags == b->flags &&
           a->stream_id == b->stream_id && a->sasl_user_id == b->sasl_user_id;
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

    if (row->again || row->gone)
        note_again(again, &row->is);
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

static bool same_life(const struct hop_change *a, const struct hop_change *b)
{
    return a->node_id == b->node_id && str_eq(a->queue_id, b->queue_id);
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

static bool of_life(const struct restate_row *row, const struct hop_change *c)
{
    return row->fact.node_id == c->node_id && str_eq(row->fact.queue_id, c->queue_id);
}

/* Changes and rows come in the same order of lives. */
static void tell_lives(struct retelling *t, const struct hop_lives *lives, struct again *again)
{
    struct told *const room = arena_alloc(t->p->long_arena, (lives->row_count + 1) * sizeof *room);
    size_t row = 0;

    for (size_t i = 0, n; i < lives->change_count; i += n) {
        const struct hop_change *c = &lives->changes[i];
        for (n = 1; i + n < lives->change_count && same_life(c, c + n);)
            n++;
        t->rows = &room[row];
        for (t->count = 0; row < lives->row_count && of_life(&lives->rows[row], c); row++)
            t->rows[t->count++] = (struct told){.row = &lives->rows[row], .is = lives->rows[row].fact};
        tell_life(t, c, n, again);
    }
}

/* ---------------------------------------------------------------- one look */

/* Some thousand lives at a time, so that memory stays flat. */
static bool tell_some(struct retelling *t, uint64_t from, struct err *err)
{
    struct pipeline *p = t->p;
    struct again again = {0};
    struct hop_lives lives;

    arena_reset(p->long_arena);
    if (!writer_pause(p->writer, err) || !hops_lives(p->facts, from, from + LIVES_AT_ONCE, p->long_arena, &lives, err))
        return false;
    tell_lives(t, &lives, &again);
    const bool ok = writer_pause(p->writer, err) &&
                    hops_returned_again(p->facts, again.messages, again.recipients, again.count, err);
    free(again.messages);
    free(again.recipients);
    return ok;
}

static bool tell_found(struct pipeline *p, uint64_t lives, struct err *err)
{
    struct retelling t = {.p = p};
    bool ok = true;

    table_init(&t.recipients, sizeof(uint64_t), sizeof(struct told *));
    for (uint64_t from = 1; ok && from <= lives; from += LIVES_AT_ONCE)
        ok = tell_some(&t, from, err);
    table_free(&t.recipients);
    return ok && writer_flush(p->writer, err) && hops_clean(p->facts, err);
}

static bool look(struct pipeline *p, struct hop_window window, bool *again, struct err *err)
{
    uint64_t lives;
    bool more;

    if (!hops_wanted(p->facts, &window, err))
        return false;
    if (!window.wanted)
        return true;
    if (!hops_find(p->facts, &window, p->long_arena, &lives, &more, err))
        return false;
    *again = *again || more;
    return lives == 0 || tell_found(p, lives, err);
}

/* Two days at a time: what a statement takes is bounded. */
static bool look_between(struct pipeline *p, int64_t from_us, int64_t to_us, bool *again, struct err *err)
{
    bool ok = true;

    for (; ok && from_us <= to_us; from_us += WINDOW_US + 1)
        ok = look(
            p,
            (struct hop_window){.from_us = from_us, .to_us = to_us - from_us > WINDOW_US ? from_us + WINDOW_US : to_us},
            again, err);
    return ok;
}

static bool look_at_all(struct pipeline *p, const struct hop_due *due, size_t count, bool *again, struct err *err)
{
    bool ok = true;

    for (size_t i = 0, n; ok && i < count; i += n) { /* they come sorted: what lies together is one */
        int64_t to_us = due[i].to_us;
        for (n = 1; i + n < count && due[i + n].from_us <= to_us + CLOCK_HOUR; n++)
            to_us = due[i + n].to_us > to_us ? due[i + n].to_us : to_us;
        ok = look_between(p, due[i].from_us, to_us, again, err);
    }
    return ok;
}

/* One transaction. *again: what was told may have made more to tell. */
static bool look_once(struct pipeline *p, bool *again, struct err *err)
{
    struct arena *arena = arena_new();
    struct hop_due *due;
    size_t count;

    *again = false;
    const bool ok = writer_begin(p->writer, err) && hops_hold(p->facts, p->long_arena, err) &&
                    hops_due(p->facts, arena, &due, &count, err) && look_at_all(p, due, count, again, err) &&
                    (*again || hops_due_done(p->facts, due, count, err));
    arena_free(arena);
    return ok && writer_commit(p->writer, err);
}

/* Nothing came in, or nothing that can be part of a hand-over: most of the time, and nobody has to wait for it. */
static bool nothing_to_do(struct pipeline *p, bool *nothing, struct err *err)
{
    struct hop_due *due;
    size_t count;

    if (!hops_due(p->facts, p->long_arena, &due, &count, err))
        return false;
    *nothing = true;
    for (size_t i = 0; i < count && *nothing; i++) {
        struct hop_window window = {.from_us = due[i].from_us, .to_us = due[i].to_us};
        if (!hops_wanted(p->facts, &window, err))
            return false;
        *nothing = !window.wanted;
    }
    return !*nothing || hops_due_done(p->facts, due, count, err);
}

bool join_hops(struct pipeline *p, struct err *err)
{
    bool nothing, again = true;

    arena_reset(p->long_arena);
    if (!nothing_to_do(p, &nothing, err))
        return false;
    for (int looks = 0, tries = 0; !nothing && again && looks < LOOKS_MOST; looks++) {
        arena_reset(p->long_arena);
        if (look_once(p, &again, err)) {
            tries = 0;
            continue;
        }
        writer_rollback(p->writer);
        if (err->kind != ERR_DB_RETRY || ++tries == TRIES_MOST)
            return false;
        *err = (struct err){0};
        again = true;
    }
    return true; /* what is due still is looked at with the next logs */
}

#include "correlate/open.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"

enum { MAX_OPEN = 1000000 };
static const int64_t LOST_AFTER_US = 10 * CLOCK_DAY;
static const int64_t FORGET_LOST_AFTER_US = 40 * CLOCK_DAY;
static const int64_t OVER_AFTER_US = CLOCK_HOUR;

uint64_t open_key(uint64_t node_id, str queue_id)
{
    return hash64(queue_id, node_id);
}

struct correlator *correlate_new(const struct correlate_sink *sink)
{
    struct correlator *c = mem_zero(1, sizeof *c);

    c->sink = *sink;
    table_init(&c->messages, sizeof(uint64_t), sizeof(struct message *));
    table_init(&c->nodes, sizeof(uint64_t), sizeof(struct node));
    table_init(&c->hosts, sizeof(uint64_t), sizeof(uint64_t));
    c->tls = tls_memory_new();
    return c;
}

void correlate_forget(struct correlator *correlator)
{
    size_t at = 0;
    const void *key;
    void *value;

    while (table_next(&correlator->messages, &at, &key, &value)) {
        struct message *m = *(struct message **)value;
        recipients_clear(&m->recipients);
        free(m);
    }
    table_clear(&correlator->messages);
    table_clear(&correlator->nodes);
    table_clear(&correlator->hosts);
    correlator->last_node = NULL;
    tls_memory_clear(correlator->tls);
    correlator->gone_count = 0;
}

void correlate_free(struct correlator *correlator)
{
    if (!correlator)
        return;
    correlate_forget(correlator);
    table_free(&correlator->messages);
    table_free(&correlator->nodes);
    table_free(&correlator->hosts);
    tls_memory_free(correlator->tls);
    free(correlator->gone);
    free(correlator->spare);
    free(correlator);
}

/* ---------------------------------------------------------------- nodes */

struct node *open_node(struct correlator *c, uint64_t node_id)
{
    bool added;

    if (c->last_node && c->last_node_id == node_id)
        return c->last_node;
    struct node *n = table_add(&c->nodes, &node_id, &added);

    c->last_node = n; /* all additions pass here, so it never points into a table that has moved */
    c->last_node_id = node_id;
    if (added)
        n->newest_at_us = CLOCK_NONE;
    return n;
}

void correlate_instance(struct correlator *correlator, str host, uint64_t node_id)
{
    struct node *n = open_node(correlator, node_id);
    const uint64_t host_hash = hash64(host, 0);

    if (n->host_hash)
        return; /* told before: an id is made of its host */
    uint64_t *first = table_add(&correlator->hosts, &host_hash, NULL);
    n->host_hash = host_hash;
    n->next_on_host = *first;
    *first = node_id;
}

static struct message *find_exactly(const struct correlator *c, uint64_t node_id, str queue_id)
{
    const uint64_t key = open_key(node_id, queue_id);
    struct message **m = table_find(&c->messages, &key);

    return m ? *m : NULL;
}

/* A service with a syslog name of its own ("postfix-out/relay/smtp") delivers messages of the instance that
 * queued them: the same id on the same host, under another instance. */
static struct message *find_on_host(const struct correlator *c, uint64_t node_id, str host, str queue_id)
{
    const uint64_t host_hash = hash64(host, 0);
    const uint64_t *other = c->nodes.count < 2 ? NULL : table_find(&c->hosts, &host_hash);

    while (other && *other) {
        struct message *m = *other == node_id ? NULL : find_exactly(c, *other, queue_id);
        if (m)
            return m;
        other = &((const struct node *)table_find(&c->nodes, other))->next_on_host;
    }
    return NULL;
}

struct message *open_find(const struct correlator *c, uint64_t node_id, str host, str queue_id)
{
    struct message *m = find_exactly(c, node_id, queue_id);

    return m ? m : find_on_host(c, node_id, host, queue_id);
}

const struct open_message *correlate_find(const struct correlator *correlator, uint64_t node_id, str host, str queue_id)
{
    const struct message *m = open_find(correlator, node_id, host, queue_id);

    return m ? &m->open : NULL;
}

/* ---------------------------------------------------------------- messages */

str open_queue_id(const struct message *m)
{
    return (str){m->open.queue_id, m->open.queue_id_n};
}

static void remember_gone(struct correlator *c, const struct message *m)
{
    if (c->gone_count == c->gone_room) {
        c->gone_room = c->gone_room * 2 + 64;
        c->gone = mem_grow(c->gone, c->gone_room * sizeof *c->gone);
    }
    struct gone *g = &c->gone[c->gone_count++];
    g->node_id = m->open.node_id;
    g->first_at_us = m->open.first_at_us;
    g->n = m->open.queue_id_n;
    memcpy(g->queue_id, m->open.queue_id, m->open.queue_id_n);
}

struct message *open_message_new(struct correlator *c, uint64_t node_id, str queue_id)
{
    const uint64_t key = open_key(node_id, queue_id);
    struct message *m = c->spare ? c->spare : mem_alloc(sizeof *m);

    c->spare = NULL;
    memset(m, 0, sizeof *m);
    m->open.node_id = node_id;
    m->open.size_bytes = -1;
    m->open.expired_at_us = CLOCK_NONE;
    m->open.queue_id_n = (uint8_t)(queue_id.n < QUEUE_ID_MAX ? queue_id.n : QUEUE_ID_MAX);
    memcpy(m->open.queue_id, queue_id.p, m->open.queue_id_n);
    *(struct message **)table_add(&c->messages, &key, NULL) = m;
    return m;
}

void open_drop(struct correlator *c, struct message *m)
{
    const uint64_t key = open_key(m->open.node_id, open_queue_id(m));

    table_remove(&c->messages, &key);
    if (m->stored)
        remember_gone(c, m);
    recipients_clear(&m->recipients);
    free(c->spare);
    c->spare = m;
}

/* ---------------------------------------------------------------- what goes out */

int32_t open_day(int64_t at_us)
{
    return (int32_t)(clock_floor(at_us, CLOCK_DAY) / CLOCK_DAY);
}

struct delivery open_delivery(const struct message *m, int64_t at_us)
{
    return (struct delivery){
        .at_us = at_us,
        .node_id = m->open.node_id,
        .message_id_hash = m->open.message_id_hash,
        .stream_id = m->open.stream_id,
        .sasl_user_id = m->open.sasl_user_id,
        .size_bytes = m->open.size_bytes,
        .queue_id = open_queue_id(m),
        .weight = 1,
        .flags = m->open.began ? 0 : DELIVERY_PARTIAL,
        .delay_ms = -1,
        .delay_queue_ms = -1,
        .delay_active_ms = -1,
        .delay_connect_ms = -1,
        .delay_send_ms = -1,
    };
}

/* A recipient whose end is told by the message's: expired or lost. */
static struct delivery of_recipient(const struct message *m, const struct recipient *r, int64_t at_us, char outcome)
{
    const struct open_recipient *o = &r->open;
    struct delivery d = open_delivery(m, at_us);

    d.egress_id = o->egress_id;
    d.recipient_hash = o->recipient_hash;
    d.original_hash = o->original_hash;
    d.domain_id = o->domain_id;
    d.provider_id = o->provider_id;
    d.remote_host_id = o->remote_host_id;
    d.signature_id = o->signature_id;
    d.cohort_day = o->cohort_day;
    d.attempt = o->attempts;
    d.outcome = outcome;
    d.direction = o->direction;
    d.flags |= DELIVERY_FINAL;
    d.address = o->address;
    d.reply = o->reply;
    if (d.direction == DIRECTION_HOP) { /* it failed on its way through our own house: that is a failure of the mail */
        d.direction = DIRECTION_SUBMITTED;
        d.flags |= DELIVERY_FIRST;
    }
    return d;
}

void open_emit_all(struct correlator *c, const struct message *m, int64_t at_us, char outcome, int16_t weight)
{
    for (const struct recipient *r = m->recipients.first; r; r = r->next) {
        struct delivery d = of_recipient(m, r, at_us, outcome);
        d.weight = weight;
        c->sink.emit(c->sink.self, &d);
    }
}

int64_t open_lost_at(const struct message *m)
{
    return m->open.last_at_us + LOST_AFTER_US;
}

bool open_is_over(const struct message *m, int64_t at_us)
{
    return m->open.awaited < 0 && m->recipients.count == 0 && at_us - m->open.last_at_us > OVER_AFTER_US;
}

/* Its end will not be told any more. */
static void lose(struct correlator *c, struct message *m)
{
    open_emit_all(c, m, open_lost_at(m), OUTCOME_LOST, 1);
    m->open.lost = true;
    m->changed = true;
}

void open_close(struct correlator *c, struct message *m, int64_t at_us)
{
    if (!m->open.lost)
        open_emit_all(c, m, at_us, OUTCOME_LOST, 1); /* removed by hand, or its last lines are missing */
    open_drop(c, m);
}

/* ---------------------------------------------------------------- ageing */

static int by_last_at(const void *a, const void *b)
{
    const struct message *const *x = a, *const *y = b;
    const int64_t p = (*x)->open.last_at_us, q = (*y)->open.last_at_us;

    return p != q ? (p > q) - (p < q) : str_compare(open_queue_id(*x), open_queue_id(*y));
}

/* All open messages, oldest first. */
static struct message **by_age(const struct correlator *c)
{
    struct message **all = mem_alloc((c->messages.count + 1) * sizeof *all);
    size_t at = 0, n = 0;
    const void *key;
    void *value;

    while (table_next(&c->messages, &at, &key, &value))
        all[n++] = *(struct message **)value;
    qsort(all, n, sizeof *all, by_last_at);
    return all;
}

static void age(struct correlator *c, struct message *m, bool too_many)
{
    const struct node *node = table_find(&c->nodes, &m->open.node_id);
    const int64_t silent_us = node && node->newest_at_us != CLOCK_NONE ? node->newest_at_us - m->open.last_at_us : 0;

    if (open_is_over(m, m->open.last_at_us + silent_us / 2)) { /* by half: a log's times go back a little */
        open_drop(c, m);
        return;
    }
    if (silent_us <= LOST_AFTER_US && !too_many)
        return;
    if (!m->open.lost && m->recipients.count)
        lose(c, m);
    if (!m->recipients.count || silent_us > FORGET_LOST_AFTER_US || too_many)
        open_drop(c, m);
}

void correlate_age(struct correlator *correlator)
{
    const size_t count = correlator->messages.count;
    struct message **all = by_age(correlator);

    for (size_t i = 0; i < count; i++)
        age(correlator, all[i], count - i > MAX_OPEN);
    free(all);
}

/* ---------------------------------------------------------------- kept in the database */

void correlate_restore_message(struct correlator *correlator, const struct open_message *message)
{
    struct message *m = open_message_new(correlator, message->node_id, (str){message->queue_id, message->queue_id_n});

    m->open = *message;
    m->stored = true;
    m->queued = message->sender_known;
}

void correlate_restore_recipient(struct correlator *correlator, uint64_t node_id, str queue_id,
                                 const struct open_recipient *recipient)
{
    const uint64_t key = open_key(node_id, queue_id);
    struct message **m = table_find(&correlator->messages, &key);

    if (!m)
        return;
    struct recipient *r = recipients_add(&(*m)->recipients, recipient);
    recipient_keep_texts(r, recipient->address, recipient->reply);
}

static void tell(struct message *m, const struct correlate_changes *to)
{
    if (m->stored)
        to->gone(to->self, m->open.node_id, open_queue_id(m), m->open.first_at_us);
    to->message(to->self, &m->open);
    for (const struct recipient *r = m->recipients.first; r; r = r->next)
        to->recipient(to->self, &m->open, &r->open);
    m->stored = true;
    m->changed = false;
}

void correlate_changes(struct correlator *correlator, const struct correlate_changes *to)
{
    size_t at = 0;
    const void *key;
    void *value;

    for (size_t i = 0; i < correlator->gone_count; i++)
        to->gone(to->self, correlator->gone[i].node_id, (str){correlator->gone[i].queue_id, correlator->gone[i].n},
                 correlator->gone[i].first_at_us);
    correlator->gone_count = 0;
    while (table_next(&correlator->messages, &at, &key, &value))
        if ((*(struct message **)value)->changed)
            tell(*(struct message **)value, to);
    for (at = 0; table_next(&correlator->nodes, &at, &key, &value);) {
        struct node *node = value;
        const uint64_t node_id = *(const uint64_t *)key;
        struct buf packed = {0};
        if (!node->changed)
            continue;
        tls_memory_pack(correlator->tls, node_id, node->newest_at_us, &packed);
        to->node(to->self, node_id, node->newest_at_us, buf_str(&packed));
        node->changed = false;
        buf_free(&packed);
    }
}

void correlate_restore_node(struct correlator *correlator, uint64_t node_id, int64_t newest_at_us, str connections)
{
    open_node(correlator, node_id)->newest_at_us = newest_at_us;
    tls_memory_unpack(correlator->tls, node_id, connections);
}

size_t correlate_open_count(const struct correlator *correlator)
{
    return correlator->messages.count;
}

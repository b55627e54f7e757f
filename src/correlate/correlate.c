#include "correlate/correlate.h"

#include <assert.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/table.h"
#include "correlate/tls.h"
#include "model/address.h"

enum { MAX_OPEN = 1000000, MAX_KEPT_REPLY = 4096 };
static const int64_t LOST_AFTER_US = 10 * CLOCK_DAY;
static const int64_t FORGET_LOST_AFTER_US = 40 * CLOCK_DAY;

struct recipient {
    struct recipient *next;
    struct open_recipient open; /* its texts are one allocation, owned here */
    char *texts;
};

struct message {
    struct open_message open;
    struct recipient *recipients;
    bool stored; /* the database has it */
    bool changed;
    bool queued; /* the queue manager has spoken of it: its creation is over */
};

struct node {
    int64_t newest_at_us;
    uint64_t host_hash;
    bool changed;
};

struct gone {
    uint64_t node_id;
    int64_t first_at_us;
    uint8_t n;
    char queue_id[QUEUE_ID_MAX];
};

struct correlator {
    struct correlate_sink sink;
    struct table messages; /* hash of (node, queue id) -> struct message * */
    struct table nodes;    /* node_id -> struct node */
    struct tls_memory *tls;
    struct gone *gone;
    size_t gone_count, gone_room;
    struct message *spare;
};

static uint64_t message_key(uint64_t node_id, str queue_id)
{
    return hash64(queue_id, node_id);
}

struct correlator *correlate_new(const struct correlate_sink *sink)
{
    struct correlator *c = mem_zero(1, sizeof *c);

    c->sink = *sink;
    table_init(&c->messages, sizeof(uint64_t), sizeof(struct message *));
    table_init(&c->nodes, sizeof(uint64_t), sizeof(struct node));
    c->tls = tls_memory_new();
    return c;
}

static void recipient_free(struct recipient *r)
{
    free(r->texts);
    free(r);
}

static void message_clear(struct message *m)
{
    for (struct recipient *r = m->recipients, *next; r; r = next) {
        next = r->next;
        recipient_free(r);
    }
    m->recipients = NULL;
}

void correlate_forget(struct correlator *correlator)
{
    size_t at = 0;
    const void *key;
    void *value;

    while (table_next(&correlator->messages, &at, &key, &value)) {
        struct message *m = *(struct message **)value;
        message_clear(m);
        free(m);
    }
    table_clear(&correlator->messages);
    table_clear(&correlator->nodes);
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
    tls_memory_free(correlator->tls);
    free(correlator->gone);
    free(correlator->spare);
    free(correlator);
}

/* ---------------------------------------------------------------- nodes */

static struct node *node_of(struct correlator *c, uint64_t node_id)
{
    bool added;
    struct node *n = table_add(&c->nodes, &node_id, &added);

    if (added)
        n->newest_at_us = CLOCK_NONE;
    return n;
}

void correlate_instance(struct correlator *correlator, str host, uint64_t node_id)
{
    node_of(correlator, node_id)->host_hash = hash64(host, 0);
}

/* A service with a syslog name of its own ("postfix-out/relay/smtp") delivers messages of the instance that
 * queued them: the same id on the same host, under another instance. */
static struct message *find_on_host(const struct correlator *c, uint64_t node_id, str host, str queue_id)
{
    const uint64_t host_hash = hash64(host, 0);
    size_t at = 0;
    const void *key;
    void *value;

    if (c->nodes.count < 2)
        return NULL;
    while (table_next(&c->nodes, &at, &key, &value)) {
        const uint64_t other = *(const uint64_t *)key;
        if (other == node_id || ((struct node *)value)->host_hash != host_hash)
            continue;
        const uint64_t k = message_key(other, queue_id);
        struct message **m = table_find(&c->messages, &k);
        if (m)
            return *m;
    }
    return NULL;
}

static struct message *find(const struct correlator *c, uint64_t node_id, str host, str queue_id)
{
    const uint64_t key = message_key(node_id, queue_id);
    struct message **m = table_find(&c->messages, &key);

    return m ? *m : find_on_host(c, node_id, host, queue_id);
}

const struct open_message *correlate_find(const struct correlator *correlator, uint64_t node_id, str host, str queue_id)
{
    const struct message *m = find(correlator, node_id, host, queue_id);

    return m ? &m->open : NULL;
}

/* ---------------------------------------------------------------- messages */

static str queue_id_of(const struct message *m)
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

static struct message *message_new(struct correlator *c, uint64_t node_id, str queue_id)
{
    const uint64_t key = message_key(node_id, queue_id);
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

static void message_drop(struct correlator *c, struct message *m)
{
    const uint64_t key = message_key(m->open.node_id, queue_id_of(m));

    table_remove(&c->messages, &key);
    if (m->stored)
        remember_gone(c, m);
    message_clear(m);
    free(c->spare);
    c->spare = m;
}

static struct recipient *recipient_of(struct message *m, const struct resolved *r)
{
    for (struct recipient *i = m->recipients; i; i = i->next)
        if (i->open.recipient_hash == r->recipient_hash && i->open.original_hash == r->original_hash)
            return i;
    return NULL;
}

static void recipient_drop(struct message *m, struct recipient *gone)
{
    for (struct recipient **i = &m->recipients; *i; i = &(*i)->next)
        if (*i == gone) {
            *i = gone->next;
            recipient_free(gone);
            return;
        }
}

static struct recipient *recipient_add(struct message *m)
{
    struct recipient *r = mem_zero(1, sizeof *r);
    struct recipient **end = &m->recipients;

    while (*end) /* in order of arrival: what is told of them later keeps that order */
        end = &(*end)->next;
    *end = r;
    return r;
}

static void keep_texts(struct recipient *r, str address, str reply)
{
    const str kept = str_to(reply, MAX_KEPT_REPLY);
    char *texts = mem_alloc(address.n + kept.n + 1);

    if (address.n)
        memcpy(texts, address.p, address.n);
    if (kept.n)
        memcpy(texts + address.n, kept.p, kept.n);
    free(r->texts);
    r->texts = texts;
    r->open.address = (str){texts, address.n};
    r->open.reply = (str){texts + address.n, kept.n};
}

/* ---------------------------------------------------------------- what goes out */

static int32_t day_of(int64_t at_us)
{
    return (int32_t)(clock_floor(at_us, CLOCK_DAY) / CLOCK_DAY);
}

static struct delivery of_message(const struct message *m, int64_t at_us)
{
    return (struct delivery){
        .at_us = at_us,
        .node_id = m->open.node_id,
        .message_id_hash = m->open.message_id_hash,
        .stream_id = m->open.stream_id,
        .sasl_user_id = m->open.sasl_user_id,
        .size_bytes = m->open.size_bytes,
        .queue_id = queue_id_of(m),
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
    struct delivery d = of_message(m, at_us);

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

static void emit_all(struct correlator *c, const struct message *m, int64_t at_us, char outcome, int16_t weight)
{
    for (const struct recipient *r = m->recipients; r; r = r->next) {
        struct delivery d = of_recipient(m, r, at_us, outcome);
        d.weight = weight;
        c->sink.emit(c->sink.self, &d);
    }
}

static int64_t lost_at(const struct message *m)
{
    return m->open.last_at_us + LOST_AFTER_US;
}

/* Its end will not be told any more. */
static void lose(struct correlator *c, struct message *m)
{
    emit_all(c, m, lost_at(m), OUTCOME_LOST, 1);
    m->open.lost = true;
    m->changed = true;
}

static void close_message(struct correlator *c, struct message *m, int64_t at_us)
{
    if (!m->open.lost)
        emit_all(c, m, at_us, OUTCOME_LOST, 1); /* removed by hand, or its last lines are missing */
    message_drop(c, m);
}

/* The open message of an event, made when it is not there. */
static struct message *touch(struct correlator *c, const struct log_event *e, const struct resolved *r, str queue_id)
{
    struct message *m = find(c, r->node_id, e->host, queue_id);

    if (!m) {
        m = message_new(c, r->node_id, queue_id);
        m->open.first_at_us = e->at_us;
    }
    if (m->open.lost) { /* it was found again: take the rows back */
        emit_all(c, m, lost_at(m), OUTCOME_LOST, -1);
        m->open.lost = false;
    }
    if (e->at_us > m->open.last_at_us || m->open.last_at_us == 0)
        m->open.last_at_us = e->at_us;
    m->changed = true;
    return m;
}

/* A line that can only stand at the start of a life: an old message of the same (recycled) id has ended unseen. */
static struct message *start(struct correlator *c, const struct log_event *e, const struct resolved *r, bool again)
{
    const uint64_t key = message_key(r->node_id, e->queue_id);
    struct message **old = table_find(&c->messages, &key);

    if (old && again)
        close_message(c, *old, (*old)->open.last_at_us);
    struct message *m = touch(c, e, r, e->queue_id);
    m->open.began = true;
    return m;
}

static bool is_over(const struct correlator *c, const struct resolved *r, str queue_id, bool client_line)
{
    const uint64_t key = message_key(r->node_id, queue_id);
    struct message **m = table_find(&c->messages, &key);

    return m && ((*m)->queued || (*m)->open.closed || (client_line && (*m)->open.client_known && !(*m)->open.notification));
}

/* ---------------------------------------------------------------- one kind of event each */

static void on_accepted(struct correlator *c, const struct log_event *e, const struct resolved *r)
{
    struct message *m = start(c, e, r, is_over(c, r, e->queue_id, true));

    m->open.client_known = true;
    m->open.client_own = r->client_own;
    m->open.sasl_user_id = r->sasl_user_id;
    if (r->stream_id)
        m->open.stream_id = r->stream_id;
    if (e->message_id.n)
        m->open.message_id_hash = message_id_hash(e->message_id);
}

static void on_message_id(struct correlator *c, const struct log_event *e, const struct resolved *r)
{
    struct message *m = start(c, e, r, is_over(c, r, e->queue_id, false));

    m->open.message_id_hash = message_id_hash(e->message_id);
}

static void on_queued(struct correlator *c, const struct log_event *e, const struct resolved *r)
{
    struct message *m = touch(c, e, r, e->queue_id);

    m->queued = true;
    if (e->message_id.n && m->open.message_id_hash == 0) /* formats that tell a message in one record */
        m->open.message_id_hash = message_id_hash(e->message_id);
    if (e->has_sender) {
        m->open.sender_known = true;
        m->open.null_sender = e->envelope_sender.n == 0;
    }
    if (m->open.stream_id == 0)
        m->open.stream_id = r->stream_id;
    if (e->size_bytes >= 0)
        m->open.size_bytes = e->size_bytes;
}

static char direction_of(const struct message *m, const struct log_event *e, const struct resolved *r, char outcome)
{
    if (e->transport == TRANSPORT_LOCAL || e->transport == TRANSPORT_DISCARD)
        return DIRECTION_INBOUND;
    if (m->open.notification || (m->open.sender_known && m->open.null_sender && m->open.client_own) ||
        (m->open.sender_known && m->open.null_sender && !m->open.client_known))
        return DIRECTION_NOTIFICATION;
    if (r->remote_own && (outcome == OUTCOME_DELIVERED || outcome == OUTCOME_DEFERRED))
        return DIRECTION_HOP;
    if (r->inbound_domain)
        return DIRECTION_INBOUND;
    if (m->open.forwarded || (e->original_recipient.n && m->open.client_known && !m->open.client_own))
        return DIRECTION_FORWARDED;
    return m->open.sender_known && m->open.null_sender ? DIRECTION_NOTIFICATION : DIRECTION_SUBMITTED;
}

static char outcome_of(const struct log_event *e, const struct resolved *r, const struct recipient *known)
{
    const bool counted = known && known->open.counted;

    switch (e->status) {
    case STATUS_SENT:
        return r->smarthost ? OUTCOME_HANDED_OVER : OUTCOME_DELIVERED;
    case STATUS_DEFERRED:
        return OUTCOME_DEFERRED;
    case STATUS_EXPIRED:
        return OUTCOME_EXPIRED;
    case STATUS_SUPPRESSED:
        return counted ? OUTCOME_FAILED_SYNC : OUTCOME_SUPPRESSED;
    default:
        break;
    }
    if (r->suppressed && !counted)
        return OUTCOME_SUPPRESSED;
    if (e->transport == TRANSPORT_ERROR && !e->suspended && !counted)
        return OUTCOME_LOCAL_ERROR;
    return OUTCOME_FAILED_SYNC;
}

static bool leaves_the_rates(char outcome)
{
    return outcome == OUTCOME_SUPPRESSED || outcome == OUTCOME_LOCAL_ERROR;
}

static bool is_attempt(const struct log_event *e, char outcome)
{
    return !e->suspended && !leaves_the_rates(outcome) && outcome != OUTCOME_EXPIRED;
}

static int16_t flags_of(const struct delivery *d, const struct resolved *r, const struct recipient *known, bool attempt)
{
    const bool counted = known && known->open.counted && known->open.direction == d->direction;
    int16_t flags = attempt ? DELIVERY_ATTEMPT : 0;

    if (!counted && !leaves_the_rates(d->outcome))
        flags |= DELIVERY_FIRST;
    if (d->outcome == OUTCOME_DEFERRED) {
        if (!known || !known->open.deferred)
            flags |= DELIVERY_FIRST_DEFERRAL;
    } else {
        flags |= DELIVERY_FINAL;
    }
    if (r->blocked && (!known || !known->open.blocked))
        flags |= DELIVERY_FIRST_BLOCKED;
    if (d->outcome == OUTCOME_DELIVERED && attempt && !known)
        flags |= DELIVERY_FIRST_TRY;
    return flags;
}

/* The queue held it back or gave it up without a word on why (Exim): what the last try said still holds. */
static bool says_nothing_new(const struct log_event *e)
{
    return e->status != STATUS_SENT && (e->reply.n == 0 || (e->suspended && e->phase == PHASE_QUEUE));
}

static struct delivery of_attempt(const struct correlator *c, const struct message *m, const struct log_event *e,
                                  const struct resolved *r, const struct recipient *known)
{
    struct delivery d = of_message(m, e->at_us);

    d.egress_id = r->egress_id;
    d.recipient_hash = r->recipient_hash;
    d.original_hash = r->original_hash;
    d.domain_id = r->domain_id;
    d.provider_id = r->provider_id;
    d.remote_host_id = r->remote_host_id;
    d.signature_id = r->signature_id;
    d.outcome = outcome_of(e, r, known);
    d.direction = direction_of(m, e, r, d.outcome);
    const bool attempt = is_attempt(e, d.outcome);
    d.attempt = (known ? known->open.attempts : 0) + attempt;
    if (e->attempt > (uint32_t)d.attempt && e->attempt < 10000)
        d.attempt = (int32_t)e->attempt;
    d.cohort_day = known ? known->open.cohort_day : day_of(e->at_us);
    d.flags |= flags_of(&d, r, known, attempt);
    d.tls = (uint8_t)(e->tls ? e->tls : tls_memory_grade(c->tls, r->node_id, e->pid, r->remote_host_id, e->at_us));
    d.delay_ms = e->delay_ms;
    d.delay_queue_ms = e->delay_queue_ms;
    d.delay_active_ms = e->delay_active_ms;
    d.delay_connect_ms = e->delay_connect_ms;
    d.delay_send_ms = e->delay_send_ms;
    d.flags |= e->original_recipient.n ? DELIVERY_REWRITTEN : 0;
    d.next_queue_id = e->next_queue_id;
    d.address = e->recipient;
    d.reply = e->reply;
    if (known && says_nothing_new(e)) {
        d.signature_id = known->open.signature_id;
        d.reply = known->open.reply;
    }
    if (d.stream_id == 0)
        d.stream_id = r->stream_id;
    return d;
}

static void keep_open(struct message *m, struct recipient *known, const struct delivery *d, const struct resolved *r)
{
    struct recipient *k = known ? known : recipient_add(m);
    struct open_recipient *o = &k->open;
    const bool blocked = o->blocked || r->blocked;

    *o = (struct open_recipient){
        .recipient_hash = d->recipient_hash,
        .original_hash = d->original_hash,
        .domain_id = d->domain_id,
        .provider_id = d->provider_id,
        .remote_host_id = d->remote_host_id,
        .egress_id = d->egress_id,
        .signature_id = d->signature_id,
        .last_at_us = d->at_us,
        .cohort_day = d->cohort_day,
        .attempts = d->attempt,
        .counted = true,
        .deferred = true,
        .blocked = blocked,
        .direction = d->direction,
    };
    keep_texts(k, d->address, d->reply);
}

/* local(8) makes a new message of an alias: what it is, its parent knows. */
static void on_forwarded(struct correlator *c, const struct log_event *e, const struct resolved *r,
                         const struct message *parent)
{
    const bool own = !parent->open.client_known || parent->open.client_own;
    struct message *child = touch(c, e, r, e->next_queue_id);

    child->open.client_known = parent->open.client_known;
    child->open.client_own = parent->open.client_own;
    child->open.forwarded = !own;
    child->open.began = child->open.began || parent->open.began;
}

static void on_attempt(struct correlator *c, const struct log_event *e, const struct resolved *r)
{
    if (e->probe)
        return;
    struct message *m = touch(c, e, r, e->queue_id);
    struct recipient *known = m->recipients ? recipient_of(m, r) : NULL;
    const struct delivery d = of_attempt(c, m, e, r, known);

    c->sink.emit(c->sink.self, &d);
    if (d.outcome == OUTCOME_DEFERRED)
        keep_open(m, known, &d, r);
    else if (known)
        recipient_drop(m, known);
    if (e->transport == TRANSPORT_LOCAL && e->next_queue_id.n)
        on_forwarded(c, e, r, m);
}

static void on_expired(struct correlator *c, const struct log_event *e, const struct resolved *r)
{
    struct message *m = touch(c, e, r, e->queue_id);

    emit_all(c, m, e->at_us, OUTCOME_EXPIRED, 1);
    message_clear(m);
    m->open.expired_at_us = e->at_us;
}

static void on_notification(struct correlator *c, const struct log_event *e, const struct resolved *r)
{
    if (e->next_queue_id.n == 0)
        return;
    struct message *m = touch(c, e, r, e->next_queue_id);

    m->open.notification = true;
    m->open.began = true;
}

static void on_removed(struct correlator *c, const struct log_event *e, const struct resolved *r)
{
    struct message *m = find(c, r->node_id, e->host, e->queue_id);

    if (m && !m->open.began && m->open.expired_at_us != CLOCK_NONE)
        m->open.closed = m->changed = true; /* whom it concerned an older log may tell: restating needs it */
    else if (m)
        close_message(c, m, e->at_us);
}

static void on_rejected(struct correlator *c, const struct log_event *e, const struct resolved *r)
{
    struct message none = {.open = {.node_id = r->node_id, .began = true, .size_bytes = -1}};
    struct message *m = e->queue_id.n ? find(c, r->node_id, e->host, e->queue_id) : NULL;
    struct delivery d = of_message(m ? m : &none, e->at_us);

    d.recipient_hash = r->recipient_hash;
    d.domain_id = r->domain_id;
    d.provider_id = r->provider_id;
    d.signature_id = r->signature_id;
    d.stream_id = d.stream_id ? d.stream_id : r->stream_id;
    d.outcome = r->suppressed ? OUTCOME_SUPPRESSED : OUTCOME_REJECTED;
    d.direction = r->suppressed ? DIRECTION_SUBMITTED : DIRECTION_INBOUND;
    d.cohort_day = day_of(e->at_us);
    d.flags |= DELIVERY_FINAL;
    d.queue_id = e->queue_id;
    d.address = e->recipient;
    d.reply = e->reply;
    c->sink.emit(c->sink.self, &d);
    if (m && !m->queued && !m->recipients) /* it never came into the queue: no `removed` will tell its end */
        message_drop(c, m);
}

void correlate_feed(struct correlator *correlator, const struct log_event *event, const struct resolved *resolved)
{
    static void (*const handlers[])(struct correlator *, const struct log_event *, const struct resolved *) = {
        [LOG_ACCEPTED] = on_accepted, [LOG_MESSAGE_ID] = on_message_id, [LOG_QUEUED] = on_queued,
        [LOG_ATTEMPT] = on_attempt,   [LOG_EXPIRED] = on_expired,       [LOG_NOTIFICATION] = on_notification,
        [LOG_REMOVED] = on_removed,   [LOG_REJECTED] = on_rejected,     [LOG_TLS] = NULL,
        [LOG_REPLY] = NULL,           [LOG_RETURNED] = NULL,
    };
    struct node *node = node_of(correlator, resolved->node_id);

    if (event->at_us > node->newest_at_us)
        node->newest_at_us = event->at_us;
    node->changed = true;
    if (event->kind == LOG_TLS)
        tls_memory_add(correlator->tls, resolved->node_id, event->pid, resolved->remote_host_id, event->tls,
                       event->at_us);
    else if (handlers[event->kind])
        handlers[event->kind](correlator, event, resolved);
}

/* ---------------------------------------------------------------- ageing */

static int by_last_at(const void *a, const void *b)
{
    const struct message *const *x = a, *const *y = b;
    const int64_t p = (*x)->open.last_at_us, q = (*y)->open.last_at_us;

    return p != q ? (p > q) - (p < q) : str_compare(queue_id_of(*x), queue_id_of(*y));
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

    if (silent_us <= LOST_AFTER_US && !too_many)
        return;
    if (!m->open.lost && m->recipients)
        lose(c, m);
    if (!m->recipients || silent_us > FORGET_LOST_AFTER_US || too_many)
        message_drop(c, m);
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
    struct message *m = message_new(correlator, message->node_id, (str){message->queue_id, message->queue_id_n});

    m->open = *message;
    m->stored = true;
    m->queued = message->sender_known;
}

void correlate_restore_recipient(struct correlator *correlator, uint64_t node_id, str queue_id,
                                 const struct open_recipient *recipient)
{
    const uint64_t key = message_key(node_id, queue_id);
    struct message **m = table_find(&correlator->messages, &key);

    if (!m)
        return;
    struct recipient *r = recipient_add(*m);
    r->open = *recipient;
    keep_texts(r, recipient->address, recipient->reply);
}

static void tell(struct message *m, const struct correlate_changes *to)
{
    if (m->stored)
        to->gone(to->self, m->open.node_id, queue_id_of(m), m->open.first_at_us);
    to->message(to->self, &m->open);
    for (const struct recipient *r = m->recipients; r; r = r->next)
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
    node_of(correlator, node_id)->newest_at_us = newest_at_us;
    tls_memory_unpack(correlator->tls, node_id, connections);
}

size_t correlate_open_count(const struct correlator *correlator)
{
    return correlator->messages.count;
}

#include "correlate/correlate.h"

#include "base/clock.h"
#include "correlate/open.h"
#include "model/address.h"

/* m: the open message of an event; NULL: it is made. */
static struct message *touch_found(struct correlator *c, const struct log_event *e, const struct resolved *r,
                                   str queue_id, struct message *m)
{
    if (m && open_is_over(m, e->at_us)) { /* whether a commit came in between or not */
        open_drop(c, m);
        m = NULL;
    }
    if (!m) {
        m = open_message_new(c, r->node_id, queue_id);
        m->open.first_at_us = e->at_us;
    }
    if (m->open.lost) { /* it was found again: take the rows back */
        open_emit_all(c, m, open_lost_at(m), OUTCOME_LOST, -1);
        m->open.lost = false;
    }
    if (e->at_us > m->open.last_at_us || m->open.last_at_us == 0)
        m->open.last_at_us = e->at_us;
    m->changed = true;
    return m;
}

static struct message *touch(struct correlator *c, const struct log_event *e, const struct resolved *r, str queue_id)
{
    return touch_found(c, e, r, queue_id, open_find(c, r->node_id, e->host, queue_id));
}

static bool is_over(const struct message *m, bool client_line)
{
    return m->queued || m->open.closed || (client_line && m->open.client_known && !m->open.notification);
}

/* A line that can only stand at the start of a life: an old message of the same (recycled) id has ended unseen. */
static struct message *start(struct correlator *c, const struct log_event *e, const struct resolved *r, bool client_line)
{
    struct message *m = open_find(c, r->node_id, e->host, e->queue_id);

    if (m && m->open.node_id == r->node_id && is_over(m, client_line)) {
        open_close(c, m, m->open.last_at_us);
        m = open_find(c, r->node_id, e->host, e->queue_id);
    }
    m = touch_found(c, e, r, e->queue_id, m);
    m->open.began = true;
    return m;
}

/* ---------------------------------------------------------------- one kind of event each */

static void on_accepted(struct correlator *c, const struct log_event *e, const struct resolved *r)
{
    struct message *m = start(c, e, r, true);

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
    struct message *m = start(c, e, r, false);

    m->open.message_id_hash = message_id_hash(e->message_id);
}

static void on_queued(struct correlator *c, const struct log_event *e, const struct resolved *r)
{
    struct message *m = touch(c, e, r, e->queue_id);

    m->queued = true;
    if (e->endless && m->open.awaited == 0)
        m->open.awaited = e->recipients > 0 ? e->recipients : 1;
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

/* Another's mail that came for somebody here. */
static bool sends_on(const struct message *m, bool rewritten)
{
    return m->open.forwarded || (rewritten && m->open.client_known && !m->open.client_own);
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
    if (sends_on(m, e->original_recipient.n > 0))
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
    struct delivery d = open_delivery(m, e->at_us);

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
    d.cohort_day = known ? known->open.cohort_day : open_day(e->at_us);
    d.flags |= flags_of(&d, r, known, attempt);
    d.tls = (uint8_t)(e->tls ? e->tls : tls_memory_grade(c->tls, r->node_id, e->pid, r->remote_host_id, e->at_us));
    d.delay_ms = e->delay_ms;
    d.delay_queue_ms = e->delay_queue_ms;
    d.delay_active_ms = e->delay_active_ms;
    d.delay_connect_ms = e->delay_connect_ms;
    d.delay_send_ms = e->delay_send_ms;
    d.flags |= e->original_recipient.n ? DELIVERY_REWRITTEN : 0;
    if (d.direction == DIRECTION_HOP && sends_on(m, d.flags & DELIVERY_REWRITTEN))
        d.flags |= DELIVERY_LINKED_FORWARD; /* the next of our relays cannot know */
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
    const struct open_recipient o = {
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
        .blocked = r->blocked || (known && known->open.blocked),
        .direction = d->direction,
    };
    struct recipient *k = known ? known : recipients_add(&m->recipients, &o);

    k->open = o;
    recipient_keep_texts(k, d->address, d->reply);
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

/* One recipient less to wait for; one that nobody announced is the only one. */
static void count_end(struct message *m)
{
    if (m->open.awaited <= 1)
        m->open.awaited = -1;
    else
        m->open.awaited--;
}

static void on_attempt(struct correlator *c, const struct log_event *e, const struct resolved *r)
{
    if (e->probe)
        return;
    struct message *m = touch(c, e, r, e->queue_id);
    struct recipient *known = recipients_find(&m->recipients, r->recipient_hash, r->original_hash);
    const struct delivery d = of_attempt(c, m, e, r, known);

    c->sink.emit(c->sink.self, &d);
    if (d.outcome == OUTCOME_DEFERRED)
        keep_open(m, known, &d, r);
    else if (known)
        recipients_drop(&m->recipients, known);
    if (e->endless && d.outcome != OUTCOME_DEFERRED)
        count_end(m);
    if (e->transport == TRANSPORT_LOCAL && e->next_queue_id.n)
        on_forwarded(c, e, r, m);
}

static void on_expired(struct correlator *c, const struct log_event *e, const struct resolved *r)
{
    struct message *m = touch(c, e, r, e->queue_id);

    open_emit_all(c, m, e->at_us, OUTCOME_EXPIRED, 1);
    recipients_clear(&m->recipients);
    if (m->open.awaited)
        m->open.awaited = -1; /* whoever it was: given up */
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
    struct message *m = open_find(c, r->node_id, e->host, e->queue_id);

    if (m && !m->open.began && m->open.expired_at_us != CLOCK_NONE)
        m->open.closed = m->changed = true; /* whom it concerned an older log may tell: restating needs it */
    else if (m)
        open_close(c, m, e->at_us);
}

static void on_rejected(struct correlator *c, const struct log_event *e, const struct resolved *r)
{
    struct message none = {.open = {.node_id = r->node_id, .began = true, .size_bytes = -1}};
    struct message *m = e->queue_id.n ? open_find(c, r->node_id, e->host, e->queue_id) : NULL;
    struct delivery d = open_delivery(m ? m : &none, e->at_us);

    d.recipient_hash = r->recipient_hash;
    d.domain_id = r->domain_id;
    d.provider_id = r->provider_id;
    d.signature_id = r->signature_id;
    d.stream_id = d.stream_id ? d.stream_id : r->stream_id;
    d.outcome = r->suppressed ? OUTCOME_SUPPRESSED : OUTCOME_REJECTED;
    d.direction = r->suppressed ? DIRECTION_SUBMITTED : DIRECTION_INBOUND;
    d.cohort_day = open_day(e->at_us);
    d.flags |= DELIVERY_FINAL;
    d.queue_id = e->queue_id;
    d.address = e->recipient;
    d.reply = e->reply;
    c->sink.emit(c->sink.self, &d);
    if (m && !m->queued && !m->recipients.count) /* it never came into the queue: no `removed` will tell its end */
        open_drop(c, m);
}

void correlate_touch(struct correlator *correlator, uint64_t node_id, int64_t at_us)
{
    struct node *node = open_node(correlator, node_id);

    if (at_us > node->newest_at_us)
        node->newest_at_us = at_us;
    node->changed = true;
}

void correlate_feed(struct correlator *correlator, const struct log_event *event, const struct resolved *resolved)
{
    static void (*const handlers[])(struct correlator *, const struct log_event *, const struct resolved *) = {
        [LOG_ACCEPTED] = on_accepted, [LOG_MESSAGE_ID] = on_message_id, [LOG_QUEUED] = on_queued,
        [LOG_ATTEMPT] = on_attempt,   [LOG_EXPIRED] = on_expired,       [LOG_NOTIFICATION] = on_notification,
        [LOG_REMOVED] = on_removed,   [LOG_REJECTED] = on_rejected,     [LOG_TLS] = NULL,
        [LOG_REPLY] = NULL,           [LOG_RETURNED] = NULL,
    };
    correlate_touch(correlator, resolved->node_id, event->at_us);
    if (event->kind == LOG_TLS)
        tls_memory_add(correlator->tls, resolved->node_id, event->pid, resolved->remote_host_id, event->tls,
                       event->at_us);
    else if (handlers[event->kind])
        handlers[event->kind](correlator, event, resolved);
}

/* What the tests of correlate/ share: a line of a log as a step of a story, and a notebook of what came out. */
#pragma once
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "correlate/correlate.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define DAYS(n) ((n) * 86400)

struct step {
    int at_s;
    enum log_kind kind; /* 0: time passes (correlate_age) */
    const char *queue_id, *text; /* text: recipient, sender or Message-ID */
    enum log_status status;
    enum transport transport;
    const char *original, *next;
    bool own, hop, smarthost, inbound, blocked, suppressed, suspended, probe, other_node;
};

#define PASSES {.kind = 0}
#define LINE(at, kind_, id, ...) {.at_s = at, .kind = LOG_##kind_, .queue_id = id, __VA_ARGS__}
#define OWN(at, id) LINE(at, ACCEPTED, id, .own = true)
#define FOREIGN(at, id) LINE(at, ACCEPTED, id, .own = false)
#define ID(at, id, message_id) LINE(at, MESSAGE_ID, id, .text = message_id)
#define FROM(at, id, sender) LINE(at, QUEUED, id, .text = sender)
#define TRY(at, id, recipient, status_, ...) LINE(at, ATTEMPT, id, .text = recipient, .status = STATUS_##status_, __VA_ARGS__)
#define EXPIRED(at, id) LINE(at, EXPIRED, id, .text = NULL)
#define NOTIFIED(at, id, next_id) LINE(at, NOTIFICATION, id, .next = next_id)
#define REMOVED(at, id) LINE(at, REMOVED, id, .text = NULL)
#define REJECTED(at, id, recipient, ...) LINE(at, REJECTED, id, .text = recipient, __VA_ARGS__)

enum { START_S = 1772442000, THIS_NODE = 7, OTHER_NODE = 8 }; /* 2026-03-02 09:00 UTC */

static inline str text_of(const char *text)
{
    return text ? str_of(text) : (str){"", 0};
}

static inline void feed(struct correlator *c, const struct step *s)
{
    struct log_event e;
    struct resolved r = {.node_id = s->other_node ? OTHER_NODE : THIS_NODE, .client_own = s->own,
                         .remote_own = s->hop, .smarthost = s->smarthost, .inbound_domain = s->inbound,
                         .blocked = s->blocked, .suppressed = s->suppressed};

    if (s->kind == 0) {
        correlate_age(c);
        return;
    }
    log_event_clear(&e);
    e.kind = s->kind;
    e.at_us = (START_S + (int64_t)s->at_s) * CLOCK_SECOND;
    e.host = STR("mx1");
    e.queue_id = text_of(s->queue_id);
    e.next_queue_id = text_of(s->next);
    e.status = s->status;
    e.transport = s->transport;
    e.suspended = s->suspended;
    e.probe = s->probe;
    e.original_recipient = text_of(s->original);
    e.reply = s->status == STATUS_SENT ? STR("250 ok") : STR("451 later");
    e.message_id = s->kind == LOG_MESSAGE_ID ? text_of(s->text) : STR("");
    e.envelope_sender = s->kind == LOG_QUEUED ? text_of(s->text) : STR("");
    e.has_sender = s->kind == LOG_QUEUED;
    if (s->kind == LOG_ATTEMPT || s->kind == LOG_REJECTED) {
        e.recipient = text_of(s->text);
        r.recipient_hash = hash64(e.recipient, 1);
        r.original_hash = e.original_recipient.n ? hash64(e.original_recipient, 1) : 0;
    }
    correlate_feed(c, &e, &r);
}

static inline void note(struct buf *out, const char *format, ...)
{
    char line[256];
    va_list args;

    va_start(args, format);
    const int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    buf_add(out, (str){line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1});
}

/* ---------------------------------------------------------------- the database, as a list */

enum { KEPT_MOST = 4096 };

struct kept_recipient {
    struct open_recipient open;
    char address[64], reply[64];
};

struct kept {
    bool there;
    struct open_message open;
    struct kept_recipient recipients[16];
    size_t count;
};

struct keeper {
    struct kept messages[KEPT_MOST];
    size_t count;
    int64_t newest_at_us[2];
    struct buf connections[2];
};

static inline void keep_message(void *self, const struct open_message *message)
{
    struct keeper *k = self;

    if (k->count == KEPT_MOST)
        abort();
    k->messages[k->count++] = (struct kept){.there = true, .open = *message};
}

static inline void keep_recipient(void *self, const struct open_message *message, const struct open_recipient *r)
{
    struct keeper *k = self;
    struct kept *m = &k->messages[k->count - 1]; /* told right after its message */
    struct kept_recipient *to = &m->recipients[m->count++];

    if (m->count > COUNT(m->recipients) || m->open.first_at_us != message->first_at_us)
        abort();
    to->open = *r;
    snprintf(to->address, sizeof to->address, "%.*s", STR_ARG(r->address));
    snprintf(to->reply, sizeof to->reply, "%.*s", STR_ARG(r->reply));
}

static inline void keep_gone(void *self, uint64_t node_id, str queue_id, int64_t first_at_us)
{
    struct keeper *k = self;

    for (size_t i = 0; i < k->count; i++) {
        struct kept *m = &k->messages[i];
        if (m->there && m->open.node_id == node_id && m->open.first_at_us == first_at_us &&
            str_eq((str){m->open.queue_id, m->open.queue_id_n}, queue_id))
            m->there = false;
    }
}

static inline void keep_node(void *self, uint64_t node_id, int64_t newest_at_us, str connections)
{
    struct keeper *k = self;
    const size_t i = node_id == OTHER_NODE;

    k->newest_at_us[i] = newest_at_us;
    buf_clear(&k->connections[i]);
    buf_add(&k->connections[i], connections);
}

static inline void commit(struct correlator *c, struct keeper *k)
{
    const struct correlate_changes to = {keep_message, keep_recipient, keep_gone, keep_node, k};

    correlate_changes(c, &to);
}

static inline void restore(struct correlator *c, const struct keeper *k)
{
    for (size_t i = 0; i < 2; i++)
        correlate_restore_node(c, THIS_NODE + i, k->newest_at_us[i], buf_str(&k->connections[i]));
    for (size_t i = 0; i < k->count; i++)
        if (k->messages[i].there)
            correlate_restore_message(c, &k->messages[i].open);
    for (size_t i = 0; i < k->count; i++)
        for (size_t j = 0; k->messages[i].there && j < k->messages[i].count; j++) {
            const struct kept *m = &k->messages[i];
            struct open_recipient r = m->recipients[j].open;
            r.address = str_of(m->recipients[j].address);
            r.reply = str_of(m->recipients[j].reply);
            correlate_restore_recipient(c, m->open.node_id, (str){m->open.queue_id, m->open.queue_id_n}, &r);
        }
}

static inline void keeper_clear(struct keeper *k)
{
    k->count = 0;
    for (size_t i = 0; i < 2; i++) {
        k->newest_at_us[i] = CLOCK_NONE;
        buf_clear(&k->connections[i]);
    }
}

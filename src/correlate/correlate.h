/*
 * correlate - log events into lives: open messages by (node, queue id), one state a recipient.
 *
 * A message is open from its first line to `removed`; where a format has no such line, until each of its recipients was
 * told an end and nothing more was for an hour (aliases are more recipients than were announced). A recipient is remembered only while it is
 * deferred; everything else goes out at once as a delivery. What is still open at a commit is kept
 * in the database (correlate_changes()) and comes back with correlate_open(): a message belongs to
 * its node, not to an input, so it lives across rotations.
 *
 * What a delivery line cannot know (client, sender, Message-ID) is taken from the open message;
 * where the message began before the log we have, the row is marked DELIVERY_PARTIAL so that an
 * older log read later can restate it.
 *
 * Ownership  the correlator owns its tables; emit() borrows a delivery for the call.
 * Limits     a million open messages; beyond that the least recently seen go as `lost`.
 *            Lost: no line for 10 days of the node's own log time.
 */
#pragma once
#include "base/arena.h"
#include "model/delivery.h"
#include "model/log_event.h"

/* What the other stages know of a line's texts, put into ids. */
struct resolved {
    uint64_t node_id, egress_id, recipient_hash, original_hash, domain_id, provider_id, remote_host_id, stream_id,
        sasl_user_id, signature_id;
    bool client_own;     /* the client is ours: SASL, pickup, loopback, private, [networks] own */
    bool remote_own;     /* the next hop is ours */
    bool smarthost;      /* the next hop is a relay whose 250 is no delivery */
    bool inbound_domain; /* the recipient's domain is configured as ours */
    bool blocked;        /* the reply is of class B or names a blocklist */
    bool suppressed;     /* our own refusal came back */
};

struct correlate_sink {
    void (*emit)(void *self, const struct delivery *delivery);
    void *self;
};

struct correlator;

struct correlator *correlate_new(const struct correlate_sink *sink);
void correlate_free(struct correlator *correlator);
/* Forgets everything (after a rollback): nodes are opened again. */
void correlate_forget(struct correlator *correlator);

/* Tells of another instance on a host, so that services with a syslog name of their own find its messages. */
void correlate_instance(struct correlator *correlator, str host, uint64_t node_id);

void correlate_feed(struct correlator *correlator, const struct log_event *event, const struct resolved *resolved);
/* A line without events, of a format whose parser remembers it: the node has moved on. */
void correlate_touch(struct correlator *correlator, uint64_t node_id, int64_t at_us);
/* What is known of an open message, before its line is fed: the stream of its sender and so on. NULL when not open. */
struct open_message;
const struct open_message *correlate_find(const struct correlator *correlator, uint64_t node_id, str host, str queue_id);
/* Lost messages up to the node's newest time. Call before a commit. */
void correlate_age(struct correlator *correlator);

/* ---- the open state, as the database keeps it */
enum { QUEUE_ID_MAX = 64 };

struct open_message {
    uint64_t node_id;
    uint64_t message_id_hash, stream_id, sasl_user_id;
    int64_t first_at_us, last_at_us, size_bytes;
    int64_t expired_at_us; /* CLOCK_NONE; kept for recipients that only an older log can name */
    int32_t awaited;       /* recipients without an end where nothing else tells it; -1: all had one; 0: `removed` tells it */
    bool began;            /* its first line was seen */
    bool closed;           /* left the queue, but began before what was read */
    bool lost, sender_known, null_sender, client_own, client_known, notification, forwarded;
    uint8_t queue_id_n;
    char queue_id[QUEUE_ID_MAX];
};

struct open_recipient {
    uint64_t recipient_hash, original_hash, domain_id, provider_id, remote_host_id, egress_id, signature_id;
    int64_t last_at_us;
    int32_t cohort_day, attempts;
    bool counted, deferred, blocked;
    char direction;
    str address, reply;
};

/* Puts back what was open. Messages first, then their recipients. */
void correlate_restore_message(struct correlator *correlator, const struct open_message *message);
void correlate_restore_recipient(struct correlator *correlator, uint64_t node_id, str queue_id,
                                 const struct open_recipient *recipient);

struct correlate_changes {
    void (*message)(void *self, const struct open_message *message);
    void (*recipient)(void *self, const struct open_message *message, const struct open_recipient *recipient);
    void (*gone)(void *self, uint64_t node_id, str queue_id, int64_t first_at_us); /* with all its recipients */
    void (*node)(void *self, uint64_t node_id, int64_t newest_at_us, str connections);
    void *self;
};
/* What changed since the last call, for the commit at hand: a changed message is told as gone (when it was kept)
 * and then anew with all its open recipients. */
void correlate_changes(struct correlator *correlator, const struct correlate_changes *to);
/* The TLS state of a node's connections, as node() told it. */
void correlate_restore_node(struct correlator *correlator, uint64_t node_id, int64_t newest_at_us, str connections);
size_t correlate_open_count(const struct correlator *correlator);

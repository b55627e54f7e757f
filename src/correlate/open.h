/*
 * open - the open messages of correlate/: lives by (node, queue id), with the recipients that are still deferred.
 * Inside of correlate/ only; correlate.h is the manual.
 */
#pragma once
#include "base/table.h"
#include "correlate/correlate.h"
#include "correlate/recipients.h"
#include "correlate/tls.h"

struct message {
    struct open_message open;
    struct recipients recipients;
    bool stored; /* the database has it */
    bool changed;
    bool queued; /* the queue manager has spoken of it: its creation is over */
};

struct node {
    int64_t newest_at_us;
    uint64_t host_hash, next_on_host; /* ids; 0: the last one */
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
    struct node *last_node; /* the one asked for last: nearly always the same again */
    uint64_t last_node_id;
    struct table hosts;    /* host_hash -> the node_id of one of its instances */
    struct tls_memory *tls;
    struct gone *gone;
    size_t gone_count, gone_room;
    struct message *spare;
};

/* Also under another instance of the host (a service with a syslog name of its own); NULL when not open. */
struct message *open_find(const struct correlator *c, uint64_t node_id, str host, str queue_id);
uint64_t open_key(uint64_t node_id, str queue_id); /* of the table of messages */
struct node *open_node(struct correlator *c, uint64_t node_id);
struct message *open_message_new(struct correlator *c, uint64_t node_id, str queue_id);
str open_queue_id(const struct message *m);
/* It has left the queue: recipients still open are told as lost. open_drop() tells nothing. */
void open_close(struct correlator *c, struct message *m, int64_t at_us);
void open_drop(struct correlator *c, struct message *m);
/* Nothing will tell its end, but each of its recipients had one, and by then nothing was said for long. */
bool open_is_over(const struct message *m, int64_t at_us);

/* What goes out: a delivery with all that its message knows; all its open recipients with one end. */
struct delivery open_delivery(const struct message *m, int64_t at_us);
void open_emit_all(struct correlator *c, const struct message *m, int64_t at_us, char outcome, int16_t weight);
int64_t open_lost_at(const struct message *m); /* when it counts as lost */
int32_t open_day(int64_t at_us);               /* days since 1970 */

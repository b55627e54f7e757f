/*
 * pipeline_parts - what the files of the pipeline share; not for anybody else.
 */
#pragma once
#include "base/arena.h"
#include "base/table.h"
#include "bounces/bounces.h"
#include "classify/classify.h"
#include "correlate/correlate.h"
#include "imports/imports.h"
#include "intake/input.h"
#include "intake/lines.h"
#include "intake/mails.h"
#include "logs/envelope.h"
#include "logs/formats.h"
#include "model/networks.h"
#include "pipeline.h"
#include "store/imports.h"
#include "store/open_state.h"
#include "store/position.h"
#include "store/returned_store.h"
#include "store/writer.h"

struct pipeline_node {
    uint64_t generation;
    uint64_t host_hash;
    bool held; /* in the transaction at hand */
};

struct pipeline_memory { /* what a format's parser keeps of a node */
    const struct log_format *format;
    void *state;       /* the format's; NULL until a line of it was read */
    struct buf packed; /* as it was found with the node, until the first line */
    bool older;        /* ... but the log at hand is from before that */
    bool changed;
};

struct pipeline {
    struct pipeline_settings settings;
    struct pipeline_summary summary;
    struct progress *progress;
    uint64_t done_before; /* bytes of the inputs before this one */
    struct db *facts, *side;
    uint64_t seed;
    struct classifier *classifier;
    struct streams *streams;
    struct networks *own;
    struct correlator *correlator;
    struct writer *writer; /* NULL in a dry run */
    struct open_changes *changes;
    struct returned_store *returned; /* what logs tell of bounces and complaints */
    struct import_store *imports;    /* NULL in a dry run */
    struct arena *arena;      /* one line or mail */
    struct arena *long_arena; /* one input */

    struct table nodes;     /* node_id -> struct pipeline_node */
    struct table memories;  /* node_id -> struct pipeline_memory * */
    uint64_t held_node_id;  /* the one asked for last, while it is held; 0 */
    struct table providers; /* struct pair of ids -> provider_id */
    struct table own_ips;   /* hash of an IP -> 1 ours, 2 not */
    struct table hosts;     /* remote_host_id -> 1 smarthost, 2 not */
    struct table inbound;   /* domain_id -> 1 ours, 2 not */

    /* what the delivery being emitted was read from */
    const struct log_event *event;
    const struct verdict *verdict;
    const struct resolved *resolved;
    struct verdict verdict_room;
    str last_host, last_instance;
    uint64_t last_node_id;
    char last_names[512];

    bool goes_on;    /* the input at hand continues what was read last: its nodes' lives are still in memory */
    bool older_read; /* a log from before what was known of its node: lives have to be restated */
    struct mail_run *mail_run; /* the batch of mails being gathered; NULL */
    struct table spans; /* node_id -> struct position_span, of the batch at hand */
};

/* pipeline_resolve.c: texts into ids */
uint64_t resolve_node(struct pipeline *p, str host, str instance);
void resolve_event(struct pipeline *p, struct log_event *event, struct resolved *out);
void resolve_emit(void *self, const struct delivery *delivery);
uint64_t resolve_provider(struct pipeline *p, str remote_host, uint64_t remote_host_id, str domain, uint64_t domain_id);
bool resolve_is_ours(struct pipeline *p, str ip);
void resolve_listing(struct pipeline *p, const struct verdict *v, uint64_t node_id, uint64_t provider_id,
                     uint64_t egress_id, int64_t at_us, str sample);
/* The text with the address taken out wherever it stands and in whatever form; in arena. */
str scrub(struct arena *arena, str text, str address);
/* The same for all forms but the plain one, which masking knows itself: before a text is classified. */
str scrub_rewritten(struct arena *arena, str text, str address);
/* What may be kept of an address: all of it, or "@domain" where addresses are hashed. */
str text_to_keep(str address);
/* With every address taken out: for texts whose recipient is not known. */
str scrub_all(struct arena *arena, str text);

/* pipeline_node.c: holding a node's open messages, and writing them back */
bool node_hold(struct pipeline *p, uint64_t node_id, str host, int64_t at_us, struct err *err);
bool nodes_write(struct pipeline *p, struct err *err);
void nodes_release(struct pipeline *p, bool committed);

/* pipeline_memory.c: what parsers keep between the lines of a node (formats with pack and unpack) */
/* The state to parse this line with; its node is held. told_us: the time of a line that tells none; CLOCK_NONE. */
bool memory_of(struct pipeline *p, const struct log_format *format, const struct log_line *line, int64_t told_us,
               void **state, struct err *err);
void memory_found(struct pipeline *p, uint64_t node_id, str packed, bool older);
/* For the commit; false when nothing changed. */
bool memory_pack(struct pipeline *p, uint64_t node_id, struct buf *out, bool *timeless);
void memories_forget(struct pipeline *p);

/* pipeline_log.c, pipeline_mail.c, pipeline_join.c, pipeline_policy.c */
bool ingest_log(struct pipeline *p, struct input *in, struct err *err);
/* What finds the positions of a log; false: nothing of it that could tell it from others is there yet. */
bool log_hash(str head, struct hash128 *hash);
/* pipeline_import.c: what receivers say of our mail in figures of their own. NULL: the input is none of these. */
const struct import_format *import_of(const struct pipeline *p, str head);
bool ingest_import(struct pipeline *p, struct input *in, const struct import_format *format, struct err *err);
/* TLS reports that a mail brings, in the mails' transaction. ERR_INPUT: one would not read. */
bool import_attached(struct pipeline *p, str mail, int64_t as_of_us, struct pipeline_summary *counted, struct err *err);
/* Mails gather over inputs (a Maildir has one a mail) into transactions of a few hundred; mails_commit() ends the last. */
bool ingest_mails(struct pipeline *p, struct input *in, enum content content, struct err *err);
bool mails_commit(struct pipeline *p, struct err *err);
/* After an error: nothing of the batch stays. */
void mails_undo(struct pipeline *p);
void mails_free_run(struct pipeline *p);
bool restate_lives(struct pipeline *p, struct err *err);
/* pipeline_hops.c: hand-overs between own relays (or to services) count where they end. Behind restate_lives(). */
bool join_hops(struct pipeline *p, struct err *err);
bool join_returned(struct pipeline *p, struct err *err);
bool run_policy(struct pipeline *p, struct err *err);
bool seal_days(struct pipeline *p, struct err *err);

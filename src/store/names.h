/*
 * names - the dictionaries: nodes, egresses, domains, remote hosts, streams, SASL users, signatures.
 *
 * Ids are content hashes, so a row may be written by anybody, twice, or before the facts that use it:
 * they are sent on a connection of their own just before the facts are committed, and an orphan is harmless.
 *
 * Ownership  names_new() borrows the connection. What was written already is remembered (at most
 *            65,536 ids a dictionary, then from the start again).
 * Limits     SIGNATURES_MOST texts a store, SIGNATURES_AN_HOUR new to an hour of a node in one run: who chooses what
 *            servers reply cannot fill the dictionary. Beyond, texts are counted by category alone.
 */
#pragma once
#include "model/verdict.h"
#include "store/db.h"

enum { SIGNATURES_MOST = 50000, SIGNATURES_AN_HOUR = 2000 };

enum dictionary { NAME_EGRESS, NAME_REMOTE_HOST, NAME_DOMAIN, NAME_SASL_USER, NAME_PROVIDER, DICTIONARY_COUNT };

struct names;

struct names *names_new(struct db *db);
void names_free(struct names *names);
/* The id of a text: its hash; 0 for "". */
uint64_t name_id(enum dictionary dictionary, str text);
void names_add(struct names *names, enum dictionary dictionary, uint64_t id, str text);
void names_add_node(struct names *names, uint64_t node_id, str host, str instance);
void names_add_stream(struct names *names, uint64_t stream_id, str name, str kind);
/* The signatures that are there already: they count against the cap. Before the first is added. */
bool names_load(struct names *names, struct err *err);
/* The signature's row, and the id under which to count it: its own or, beyond a cap, that of its category's overflow
 * signature (rule "overflow"). sample: the reply with the recipient taken out; kept is the one that was said first. */
uint64_t names_add_signature(struct names *names, const struct verdict *verdict, uint64_t provider_id, uint64_t node_id,
                             str sample, int64_t sample_at_us);
/* Sends a dictionary that has many new rows while the log is still being read; never waits for long. */
bool names_send(struct names *names, struct err *err);
/* What is left, and the answers to all that was sent. */
bool names_flush(struct names *names, struct err *err);
/* Nothing counts as written any more: after a failure everything is told anew. */
void names_forget(struct names *names);

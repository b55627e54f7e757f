/*
 * writer - facts into the database, a batch a transaction.
 *
 * writer_begin() opens the transaction and holds the input's row, so that a second ingester of the same
 * content waits; deliveries stream into `event` by binary COPY while the log is read; writer_commit()
 * adds roll-ups, strikes, recipients, open state and the moved position, all in that one transaction.
 * Dictionary rows go just before, on the second connection.
 *
 * Ownership  borrows both connections; owns everything it gathers.
 * Errors     ERR_DB_RETRY: roll back (writer_rollback()), read the position again, read the batch again.
 */
#pragma once
#include "model/delivery.h"
#include "store/db.h"
#include "store/names.h"
#include "store/rollups.h"

struct writer;

struct writer *writer_new(struct db *facts, struct db *names, struct err *err);
void writer_free(struct writer *writer);
struct names *writer_names(struct writer *writer);
struct db *writer_db(struct writer *writer);

bool writer_begin(struct writer *writer, struct err *err);
/* Where the next deliveries were read. */
void writer_at(struct writer *writer, uint64_t input_id, uint64_t offset);
/* One fact. Errors of the stream are kept and told by the next call that can. suppresses: reply and address are kept as a strike. */
void writer_delivery(struct writer *writer, const struct delivery *delivery, const char *origin, char evidence);
/* A strike alone: a failure that is proven (grade B) but whose mail no log of ours shows. */
void writer_strike(struct writer *writer, const struct delivery *failure, const char *origin, char evidence);
void writer_listing(struct writer *writer, const struct listing_hit *hit);
/* The address behind a hash, for people. Kept where it is needed only: failures, complaints. */
void writer_recipient(struct writer *writer, uint64_t recipient_hash, str address);
/* A refused or unread input: why, and a sample. */
void writer_quarantine(struct writer *writer, const char *kind, str reason, str sample);
/* Ends the running COPY, so that writer_db() can be asked something; the next delivery begins a new one. */
bool writer_pause(struct writer *writer, struct err *err);
/* What stands in the way of going on: the first error kept. */
bool writer_ok(struct writer *writer, struct err *err);
/* Ends the COPY and writes all that was gathered; positions and open state follow on writer_db(), then writer_commit(). */
bool writer_flush(struct writer *writer, struct err *err);
bool writer_commit(struct writer *writer, struct err *err);
void writer_rollback(struct writer *writer);
uint64_t writer_events(const struct writer *writer); /* of this transaction */

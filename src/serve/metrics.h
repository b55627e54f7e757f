/*
 * metrics - figures in the text form that Prometheus reads (text/plain; version=0.0.4).
 *
 * A table names every family with its type and help; the ones from roll-ups come from sql/queries/serve_metrics.sql.
 * Labels hold only what is bounded: providers, categories, formats, states, and of what blocklists name only addresses in
 * digits; never a mail address, a domain or a queue id.
 *
 * Errors     as db_run().
 */
#pragma once
#include "base/buf.h"
#include "store/db.h"

/* From the database; asked once after each policy run, not for each reader. */
bool metrics_read(struct db *db, struct buf *to, struct err *err);
/* One of the process itself; label NULL: none. Its family's head is written when `first`. */
void metrics_put(struct buf *to, bool first, const char *name, const char *label, const char *value, double number);

/* Returned mail meets the attempt it speaks of; days that are over are sealed; the policy runs. */
#include <stdio.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "pipeline_parts.h"
#include "store/hops.h"
#include "store/returned_store.h"
#include "store/schema.h"
#include "suppress/policy.h"

/* A bounce of a message that had been accepted: one more fact, and its listing if the report names one. The 250 of a
 * smarthost is told anew then (pipeline_hops.c). */
static void make_failure(struct pipeline *p, const struct returned_match *m, struct hop_due *due)
{
    writer_at(p->writer, m->row.input_id, m->row.input_offset);
    writer_delivery(p->writer, &m->attempt, "dsn", 'C');
    p->summary.joined_new++;
    if (!m->by_smarthost)
        return;
    due->node_id = m->attempt.node_id;
    due->from_us = m->sent_at_us < due->from_us ? m->sent_at_us : due->from_us;
    due->to_us = m->sent_at_us > due->to_us ? m->sent_at_us : due->to_us;
}

/* A failure that a token proves and no log of ours shows: a strike without a place in the rates. */
static void strike_proven(struct pipeline *p, const struct returned_row *row, int16_t weight)
{
    const struct delivery d = {
        .at_us = row->occurred_at_us,
        .recipient_hash = row->recipient_hash,
        .signature_id = row->signature_id,
        .stream_id = row->stream_id,
        .provider_id = row->provider_id,
        .domain_id = row->domain_id,
        .weight = weight,
        .reply = row->diagnostic,
    };

    writer_at(p->writer, row->input_id, row->input_offset);
    writer_strike(p->writer, &d, "dsn", 'B');
}

static bool strike_all_proven(struct pipeline *p, struct err *err)
{
    struct returned_match *proven;
    size_t count;

    if (!writer_pause(p->writer, err) || !returned_proven(p->facts, p->long_arena, &proven, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        strike_proven(p, &proven[i].row, 1);
    return true;
}

/* One message and recipient fails once, whatever number of reports there are of it. */
static char state_of(struct pipeline *p, const struct returned_match *m, struct table *failed_now, struct hop_due *due)
{
    const struct {
        uint64_t node_id, queue, recipient_hash, message_id_hash;
    } key = {m->attempt.node_id, hash64(m->attempt.queue_id, 0), m->attempt.recipient_hash,
             m->attempt.message_id_hash};
    bool added;

    if (m->row.kind == 'c')
        return 'c';
    if (m->struck)
        strike_proven(p, &m->row, -1);
    table_add(failed_now, &key, &added);
    if (m->failed || m->bounced || !added) {
        p->summary.joined_known++;
        return 'k';
    }
    make_failure(p, m, due);
    return 'f';
}

static bool join_once(struct pipeline *p, struct err *err)
{
    struct hop_due due = {.from_us = INT64_MAX, .to_us = INT64_MIN};
    struct returned_match *matches = NULL;
    struct table failed_now;
    size_t count = 0;

    if (!writer_begin(p->writer, err) || !returned_matches(p->facts, p->long_arena, &matches, &count, err))
        return false;
    char *states = arena_alloc(p->long_arena, count + 1);
    table_init(&failed_now, 4 * sizeof(uint64_t), 0);
    for (size_t i = 0; i < count; i++)
        states[i] = state_of(p, &matches[i], &failed_now, &due);
    table_free(&failed_now);
    return writer_pause(p->writer, err) && returned_settle(p->facts, matches, states, count, err) &&
           strike_all_proven(p, err) && writer_flush(p->writer, err) &&
           db_run(p->facts, "policy_due_complaints", NULL, 0, NULL, err) &&
           hops_due_add(p->facts, &due, due.from_us <= due.to_us, err) && writer_commit(p->writer, err);
}

/* Indexes of the days with waiting mail make the join quick on a big store; on a small one a scan is quicker. */
bool join_returned(struct pipeline *p, struct err *err)
{
    const struct pipeline_summary before = p->summary;
    int64_t waiting = 0, open = 0;
    bool joined = true;

    if (!returned_waiting(p->facts, &waiting, &open, err))
        return false;
    for (int tries = 0; open > 0 && tries < 5; tries++) {
        arena_reset(p->long_arena);
        joined = join_once(p, err);
        if (joined)
            break;
        writer_rollback(p->writer);
        p->summary.joined_new = before.joined_new;
        p->summary.joined_known = before.joined_known;
        if (err->kind != ERR_DB_RETRY)
            return false;
    }
    if (open > 0 && !returned_waiting(p->facts, &waiting, &open, err))
        return false;
    p->summary.waiting = (uint64_t)waiting;
    return joined && join_hops(p, err);
}

/* ---------------------------------------------------------------- days that are over */

static bool seal_one(struct pipeline *p, int64_t day, struct err *err)
{
    const struct db_arg args[] = {DB_D(day)};

    if (!db_begin(p->facts, err))
        return false;
    if (!db_run(p->facts, "seal_hold", NULL, 0, NULL, err) || !db_run(p->facts, "seal_domains", args, 1, NULL, err) ||
        !db_run(p->facts, "seal_senders", args, 1, NULL, err) || !db_run(p->facts, "seal_day", args, 1, NULL, err) ||
        !db_commit(p->facts, err)) {
        db_rollback(p->facts);
        return false;
    }
    return schema_index_day(p->facts, day, err) && schema_index_sealed_day(p->facts, day, err);
}

bool seal_days(struct pipeline *p, struct err *err)
{
    struct db_result *rows = NULL;
    bool ok = db_run(p->facts, "days_to_seal", NULL, 0, &rows, err);

    for (size_t i = 0; ok && i < db_rows(rows); i++) {
        if (p->progress)
            progress_stage(p->progress, "indexing");
        ok = seal_one(p, db_date(rows, i, 0), err);
        if (!ok && err->kind == ERR_DB_RETRY) { /* somebody reads or seals it: the next run does it */
            *err = (struct err){0};
            ok = true;
            break;
        }
    }
    db_result_free(rows);
    return ok;
}

/* ---------------------------------------------------------------- the list */

bool run_policy(struct pipeline *p, struct err *err)
{
    const struct policy_options options = {
        .now_us = p->settings.now_us,
        .protected_names = p->settings.protected,
        .protected_count = p->settings.protected_count,
        .daily_cap = p->settings.daily_cap,
        .sweep = true,
    };
    struct policy_outcome out = {0};
    bool ok = false;

    if (p->progress)
        progress_stage(p->progress, "deciding");
    for (int tries = 0; tries < 5 && !ok; tries++) {
        *err = (struct err){0};
        ok = policy_run(p->facts, &options, &out, err);
        if (!ok && err->kind != ERR_DB_RETRY)
            return false;
    }
    p->summary.suppressed_new = (uint64_t)out.added;
    p->summary.suppressed_pending = (uint64_t)out.pending;
    p->summary.suppressed_released = (uint64_t)(out.released + out.expired + out.lifted + out.withdrawn);
    snprintf(p->summary.policy_note, sizeof p->summary.policy_note, "%s", out.reason);
    return ok;
}

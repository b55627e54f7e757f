#include "store/open_state.h"

#include <stdlib.h>

#include "base/clock.h"
#include "store/batch.h"

bool open_state_claim(struct db *db, uint64_t node_id, struct err *err)
{
    const struct db_arg args[] = {DB_I8(node_id)};

    return db_run(db, "open_node_claim", args, 1, NULL, err);
}

bool open_state_hold(struct db *db, uint64_t node_id, struct arena *arena, struct open_state_node *out, struct err *err)
{
    const struct db_arg args[] = {DB_I8(node_id)};
    struct db_result *rows = NULL;

    if (!db_run(db, "open_node_hold", args, 1, &rows, err))
        return false;
    const bool found = db_rows(rows) > 0;
    if (found) {
        out->generation = (uint64_t)db_int(rows, 0, 0);
        out->newest_at_us = out->generation ? db_time(rows, 0, 1) : CLOCK_NONE;
        out->connections = arena_str(arena, db_bytes(rows, 0, 2));
        out->memory = arena_str(arena, db_bytes(rows, 0, 3));
    }
    db_result_free(rows);
    return found || err_set(err, ERR_DB_RETRY, "a node's state is gone: was the database pruned meanwhile?");
}

static struct open_state_message message_of_row(const struct db_result *r, size_t i, struct arena *arena)
{
    return (struct open_state_message){
        .node_id = (uint64_t)db_int(r, i, 0),
        .queue_id = arena_str(arena, db_text(r, i, 1)),
        .began = db_int(r, i, 2),
        .lost = db_int(r, i, 3),
        .last_at_us = db_time(r, i, 4),
        .message_id_hash = (uint64_t)db_int(r, i, 5),
        .sender_known = db_int(r, i, 6),
        .null_sender = db_int(r, i, 7),
        .stream_id = (uint64_t)db_int(r, i, 8),
        .sasl_user_id = (uint64_t)db_int(r, i, 9),
        .size_bytes = db_int(r, i, 10),
        .client_own = db_int(r, i, 11),
        .client_known = db_int(r, i, 12),
        .notification = db_int(r, i, 13),
        .forwarded = db_int(r, i, 14),
        .first_at_us = db_time(r, i, 15),
        .expired_at_us = db_time(r, i, 16),
        .closed = db_int(r, i, 17),
        .awaited = (int32_t)db_int(r, i, 18),
    };
}

static bool read_messages(struct db *db, const char *query, const struct db_arg *args, size_t arg_count,
                          struct arena *arena, struct open_state_message **out, size_t *count, struct err *err)
{
    struct db_result *rows = NULL;

    if (!db_run(db, query, args, arg_count, &rows, err))
        return false;
    *count = db_rows(rows);
    *out = arena_alloc(arena, (*count + 1) * sizeof **out);
    for (size_t i = 0; i < *count; i++)
        (*out)[i] = message_of_row(rows, i, arena);
    db_result_free(rows);
    return true;
}

bool open_state_messages(struct db *db, uint64_t node_id, int64_t until_us, struct arena *arena,
                         struct open_state_message **out, size_t *count, struct err *err)
{
    const struct db_arg args[] = {DB_I8(node_id), DB_T(until_us)};

    return read_messages(db, "open_messages", args, 2, arena, out, count, err);
}

bool open_state_all_messages(struct db *db, uint64_t node_id, struct arena *arena, struct open_state_message **out,
                             size_t *count, struct err *err)
{
    const struct db_arg args[] = {DB_I8(node_id)};

    return read_messages(db, "restate_messages", args, 1, arena, out, count, err);
}

static struct open_state_recipient recipient_of_row(const struct db_result *r, size_t i, struct arena *arena)
{
    return (struct open_state_recipient){
        .node_id = (uint64_t)db_int(r, i, 0),
        .queue_id = arena_str(arena, db_text(r, i, 1)),
        .recipient_hash = (uint64_t)db_int(r, i, 2),
        .original_hash = (uint64_t)db_int(r, i, 3),
        .domain_id = (uint64_t)db_int(r, i, 4),
        .provider_id = (uint64_t)db_int(r, i, 5),
        .remote_host_id = (uint64_t)db_int(r, i, 6),
        .egress_id = (uint64_t)db_int(r, i, 7),
        .signature_id = (uint64_t)db_int(r, i, 8),
        .cohort_day = (int32_t)db_date(r, i, 9),
        .attempts = (int32_t)db_int(r, i, 10),
        .counted = db_int(r, i, 11),
        .deferred = db_int(r, i, 12),
        .blocked = db_int(r, i, 13),
        .direction = (char)db_int(r, i, 14),
        .last_at_us = db_time(r, i, 15),
        .address = arena_str(arena, db_text(r, i, 16)),
        .reply = arena_str(arena, db_text(r, i, 17)),
        .first_at_us = db_time(r, i, 18),
    };
}

static bool read_recipients(struct db *db, const char *query, const struct db_arg *args, size_t arg_count,
                            struct arena *arena, struct open_state_recipient **out, size_t *count, struct err *err)
{
    struct db_result *rows = NULL;

    if (!db_run(db, query, args, arg_count, &rows, err))
        return false;
    *count = db_rows(rows);
    *out = arena_alloc(arena, (*count + 1) * sizeof **out);
    for (size_t i = 0; i < *count; i++)
        (*out)[i] = recipient_of_row(rows, i, arena);
    db_result_free(rows);
    return true;
}

bool open_state_recipients(struct db *db, uint64_t node_id, int64_t until_us, struct arena *arena,
                           struct open_state_recipient **out, size_t *count, struct err *err)
{
    const struct db_arg args[] = {DB_I8(node_id), DB_T(until_us)};

    return read_recipients(db, "open_recipients", args, 2, arena, out, count, err);
}

bool open_state_all_recipients(struct db *db, uint64_t node_id, struct arena *arena, struct open_state_recipient **out,
                               size_t *count, struct err *err)
{
    const struct db_arg args[] = {DB_I8(node_id)};

    return read_recipients(db, "restate_recipients", args, 1, arena, out, count, err);
}

/* ---------------------------------------------------------------- changes */

struct open_changes {
    struct batch gone, messages, recipients;
};

struct open_changes *open_changes_new(void)
{
    static const enum db_type gone[] = {DB_INT8_ARRAY, DB_TEXT_ARRAY, DB_TIME_ARRAY};
    static const enum db_type message[] = {DB_INT8_ARRAY, DB_TEXT_ARRAY, DB_BOOL_ARRAY, DB_BOOL_ARRAY, DB_TIME_ARRAY,
                                           DB_INT8_ARRAY, DB_BOOL_ARRAY, DB_BOOL_ARRAY, DB_INT8_ARRAY, DB_INT8_ARRAY,
                                           DB_INT8_ARRAY, DB_BOOL_ARRAY, DB_BOOL_ARRAY, DB_BOOL_ARRAY, DB_BOOL_ARRAY,
                                           DB_TIME_ARRAY, DB_TIME_ARRAY, DB_BOOL_ARRAY, DB_INT4_ARRAY};
    static const enum db_type recipient[] = {
        DB_INT8_ARRAY, DB_TEXT_ARRAY, DB_INT8_ARRAY, DB_INT8_ARRAY, DB_INT8_ARRAY, DB_INT8_ARRAY,
        DB_INT8_ARRAY, DB_INT8_ARRAY, DB_INT8_ARRAY, DB_DATE_ARRAY, DB_INT4_ARRAY, DB_BOOL_ARRAY,
        DB_BOOL_ARRAY, DB_BOOL_ARRAY, DB_CHAR_ARRAY, DB_TIME_ARRAY, DB_TEXT_ARRAY, DB_TEXT_ARRAY,
        DB_TIME_ARRAY};
    struct open_changes *c = mem_zero(1, sizeof *c);

    batch_init(&c->gone, "open_gone", gone, sizeof gone / sizeof *gone);
    batch_init(&c->messages, "open_message_add", message, sizeof message / sizeof *message);
    batch_init(&c->recipients, "open_recipient_add", recipient, sizeof recipient / sizeof *recipient);
    return c;
}

void open_changes_free(struct open_changes *changes)
{
    if (!changes)
        return;
    batch_free(&changes->gone);
    batch_free(&changes->messages);
    batch_free(&changes->recipients);
    free(changes);
}

void open_changes_clear(struct open_changes *changes)
{
    batch_clear(&changes->gone);
    batch_clear(&changes->messages);
    batch_clear(&changes->recipients);
}

void open_changes_gone(struct open_changes *changes, uint64_t node_id, str queue_id, int64_t first_at_us)
{
    batch_int(&changes->gone, (int64_t)node_id);
    batch_text(&changes->gone, queue_id);
    batch_int(&changes->gone, first_at_us);
}

void open_changes_message(struct open_changes *changes, const struct open_state_message *message)
{
    struct batch *b = &changes->messages;

    batch_int(b, (int64_t)message->node_id);
    batch_text(b, message->queue_id);
    batch_int(b, message->began);
    batch_int(b, message->lost);
    batch_int(b, message->last_at_us);
    batch_int(b, (int64_t)message->message_id_hash);
    batch_int(b, message->sender_known);
    batch_int(b, message->null_sender);
    batch_int(b, (int64_t)message->stream_id);
    batch_int(b, (int64_t)message->sasl_user_id);
    batch_int(b, message->size_bytes);
    batch_int(b, message->client_own);
    batch_int(b, message->client_known);
    batch_int(b, message->notification);
    batch_int(b, message->forwarded);
    batch_int(b, message->first_at_us);
    batch_int(b, message->expired_at_us);
    batch_int(b, message->closed);
    batch_int(b, message->awaited);
}

void open_changes_recipient(struct open_changes *changes, const struct open_state_recipient *recipient)
{
    struct batch *b = &changes->recipients;

    batch_int(b, (int64_t)recipient->node_id);
    batch_text(b, recipient->queue_id);
    batch_int(b, (int64_t)recipient->recipient_hash);
    batch_int(b, (int64_t)recipient->original_hash);
    batch_int(b, (int64_t)recipient->domain_id);
    batch_int(b, (int64_t)recipient->provider_id);
    batch_int(b, (int64_t)recipient->remote_host_id);
    batch_int(b, (int64_t)recipient->egress_id);
    batch_int(b, (int64_t)recipient->signature_id);
    batch_int(b, recipient->cohort_day);
    batch_int(b, recipient->attempts);
    batch_int(b, recipient->counted);
    batch_int(b, recipient->deferred);
    batch_int(b, recipient->blocked);
    batch_int(b, recipient->direction);
    batch_int(b, recipient->last_at_us);
    batch_text(b, recipient->address);
    batch_text(b, recipient->reply);
    batch_int(b, recipient->first_at_us);
}

static bool write_gone(struct open_changes *c, struct db *db, struct err *err)
{
    /* One list, two tables: the messages and their recipients. */
    struct batch again = c->gone;

    again.query = "open_gone_recipients";
    for (size_t from = 0; from < again.rows; from += 16384) {
        const size_t n = again.rows - from < 16384 ? again.rows - from : 16384;
        const struct db_arg args[] = {DB_INTS(DB_INT8_ARRAY, again.ints[0] + from, n),
                                      DB_TEXTS(DB_TEXT_ARRAY, again.texts[1] + from, n),
                                      DB_INTS(DB_TIME_ARRAY, again.ints[2] + from, n)};
        if (!db_run(db, again.query, args, 3, NULL, err))
            return false;
    }
    return batch_run(&c->gone, db, err);
}

bool open_changes_write(struct open_changes *changes, struct db *db, struct err *err)
{
    return write_gone(changes, db, err) && batch_run(&changes->messages, db, err) &&
           batch_run(&changes->recipients, db, err);
}

bool open_state_move(struct db *db, uint64_t node_id, uint64_t generation, int64_t newest_at_us, str connections,
                     const struct open_state_memory *memory, struct err *err)
{
    const struct db_arg args[] = {DB_I8(node_id),
                                  DB_I8(generation),
                                  DB_T(newest_at_us),
                                  DB_RAW(connections),
                                  memory ? DB_RAW(memory->packed) : DB_NULL(DB_BYTEA),
                                  DB_B(memory && memory->timeless)};
    struct db_result *rows = NULL;

    if (!db_run(db, "open_node_move", args, sizeof args / sizeof *args, &rows, err))
        return false;
    const bool moved = db_rows(rows) > 0;
    db_result_free(rows);
    return moved || err_set(err, ERR_DB_RETRY, "another rebound has continued the same node meanwhile");
}

#include "store/returned_store.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/table.h"
#include "store/batch.h"

struct digest_key {
    uint64_t high, low;
};

struct returned_store {
    struct db *db;
    struct table seen; /* of this transaction */
    struct batch rows, mails;
};

struct returned_store *returned_store_new(void)
{
    static const enum db_type row[] = {
        DB_INT8_ARRAY, DB_BYTEA_ARRAY, DB_INT4_ARRAY, DB_INT8_ARRAY, DB_INT8_ARRAY, DB_TIME_ARRAY, DB_CHAR_ARRAY,
        DB_CHAR_ARRAY, DB_TEXT_ARRAY,  DB_TEXT_ARRAY, DB_INT4_ARRAY, DB_INT8_ARRAY, DB_INT8_ARRAY, DB_TEXT_ARRAY,
        DB_INT8_ARRAY, DB_INT8_ARRAY,  DB_TEXT_ARRAY, DB_TEXT_ARRAY, DB_TEXT_ARRAY, DB_TEXT_ARRAY, DB_TEXT_ARRAY,
        DB_TEXT_ARRAY, DB_INT8_ARRAY,  DB_TEXT_ARRAY};
    static const enum db_type mail[] = {DB_INT8_ARRAY, DB_BYTEA_ARRAY, DB_TEXT_ARRAY, DB_TEXT_ARRAY, DB_TIME_ARRAY};
    struct returned_store *s = mem_zero(1, sizeof *s);

    table_init(&s->seen, sizeof(struct digest_key), 0);
    batch_init(&s->rows, "returned_add", row, sizeof row / sizeof *row);
    batch_init(&s->mails, "mail_seen_add", mail, sizeof mail / sizeof *mail);
    return s;
}

void returned_store_free(struct returned_store *store)
{
    if (!store)
        return;
    table_free(&store->seen);
    batch_free(&store->rows);
    batch_free(&store->mails);
    free(store);
}

void returned_store_clear(struct returned_store *store)
{
    table_clear(&store->seen);
    batch_clear(&store->rows);
    batch_clear(&store->mails);
}

bool returned_store_hold(struct returned_store *store, struct db *db, struct err *err)
{
    store->db = db;
    return db_run(db, "returned_hold", NULL, 0, NULL, err);
}

static str digest_bytes(const struct hash128 *digest, unsigned char out[16])
{
    for (int i = 0; i < 8; i++) {
        out[i] = (unsigned char)(digest->high >> (56 - 8 * i));
        out[8 + i] = (unsigned char)(digest->low >> (56 - 8 * i));
    }
    return (str){(const char *)out, 16};
}

bool returned_store_seen(struct returned_store *store, const struct hash128 *digest, const char *kind,
                         const char *decoded_by, int64_t occurred_at_us, bool *fresh, struct err *err)
{
    const struct digest_key key = {digest->high, digest->low};
    unsigned char bytes[16];
    const str packed = digest_bytes(digest, bytes);
    const struct db_arg args[] = {DB_I8(digest->low), DB_RAW(packed)};
    struct db_result *rows = NULL;

    *fresh = false;
    if (table_find(&store->seen, &key))
        return true;
    if (!db_run(store->db, "mail_seen", args, 2, &rows, err))
        return false;
    *fresh = db_rows(rows) == 0;
    db_result_free(rows);
    table_add(&store->seen, &key, NULL);
    if (!*fresh)
        return true;
    batch_int(&store->mails, (int64_t)digest->low);
    batch_text(&store->mails, packed);
    batch_text(&store->mails, str_of(kind));
    batch_text(&store->mails, str_of(decoded_by));
    batch_int(&store->mails, occurred_at_us);
    return true;
}

void returned_store_add(struct returned_store *store, const struct returned_row *row)
{
    struct batch *b = &store->rows;
    unsigned char bytes[16];
    char status[ESC_TEXT];

    batch_int(b, (int64_t)row->recipient_hash);
    batch_text(b, digest_bytes(&row->digest, bytes));
    batch_int(b, row->block);
    batch_int(b, (int64_t)row->input_id);
    batch_int(b, (int64_t)row->input_offset);
    batch_int(b, row->occurred_at_us);
    batch_int(b, row->kind);
    batch_int(b, row->state);
    batch_text(b, str_to(row->action, 32));
    batch_text(b, str_of(esc_text(row->enhanced_status, status)));
    batch_int(b, row->reply_code);
    batch_int(b, (int64_t)row->signature_id);
    batch_int(b, (int64_t)row->message_id_hash);
    batch_text(b, row->queue_id);
    batch_int(b, (int64_t)row->domain_id);
    batch_int(b, (int64_t)row->provider_id);
    batch_text(b, row->category);
    batch_text(b, str_to(row->feedback_type, 32));
    batch_text(b, str_to(row->reporting_mta, 255));
    batch_text(b, str_to(row->remote_mta, 255));
    batch_text(b, row->decoded_by);
    batch_text(b, str_to(row->diagnostic, 4096));
    batch_int(b, (int64_t)row->stream_id);
    batch_text(b, (str){&row->evidence, row->evidence ? 1 : 0});
}

bool returned_store_write(struct returned_store *store, struct db *db, struct err *err)
{
    table_clear(&store->seen);
    return batch_run(&store->mails, db, err) && batch_run(&store->rows, db, err);
}

/* ---------------------------------------------------------------- joining */

static struct returned_match match_of(const struct db_result *r, size_t i, struct arena *arena)
{
    struct returned_match m = {0};
    const str digest = db_bytes(r, i, 1);

    for (int k = 0; digest.n == 16 && k < 8; k++) {
        m.row.digest.high = m.row.digest.high << 8 | (unsigned char)digest.p[k];
        m.row.digest.low = m.row.digest.low << 8 | (unsigned char)digest.p[8 + k];
    }
    m.row.recipient_hash = (uint64_t)db_int(r, i, 0);
    m.row.block = (int)db_int(r, i, 2);
    m.row.occurred_at_us = db_time(r, i, 3);
    m.row.kind = (char)db_int(r, i, 4);
    m.row.signature_id = (uint64_t)db_int(r, i, 5);
    m.row.diagnostic = arena_str(arena, db_text(r, i, 6));
    m.row.input_id = (uint64_t)db_int(r, i, 7);
    m.row.input_offset = (uint64_t)db_int(r, i, 8);
    m.failed = db_int(r, i, 9);
    m.bounced = db_int(r, i, 10);
    m.attempt = (struct delivery){
        .at_us = m.row.occurred_at_us,
        .node_id = (uint64_t)db_int(r, i, 11),
        .queue_id = arena_str(arena, db_text(r, i, 12)),
        .egress_id = (uint64_t)db_int(r, i, 13),
        .message_id_hash = (uint64_t)db_int(r, i, 14),
        .domain_id = (uint64_t)db_int(r, i, 15),
        .provider_id = (uint64_t)db_int(r, i, 16),
        .remote_host_id = (uint64_t)db_int(r, i, 17),
        .stream_id = (uint64_t)db_int(r, i, 18),
        .sasl_user_id = (uint64_t)db_int(r, i, 19),
        .size_bytes = db_int(r, i, 20),
        .cohort_day = (int32_t)db_date(r, i, 21),
        .attempt = (int32_t)db_int(r, i, 22),
        .tls = (uint8_t)db_int(r, i, 23),
        .direction = (char)db_int(r, i, 24),
        .recipient_hash = (uint64_t)db_int(r, i, 25),
        .signature_id = m.row.signature_id,
        .outcome = OUTCOME_FAILED_ASYNC,
        .flags = DELIVERY_FINAL,
        .weight = 1,
        .delay_ms = -1,
        .delay_queue_ms = -1,
        .delay_active_ms = -1,
        .delay_connect_ms = -1,
        .delay_send_ms = -1,
        .reply = m.row.diagnostic,
    };
    m.struck = db_int(r, i, 26);
    m.row.stream_id = (uint64_t)db_int(r, i, 27);
    m.row.provider_id = (uint64_t)db_int(r, i, 28);
    m.row.domain_id = (uint64_t)db_int(r, i, 29);
    m.sent_at_us = db_time(r, i, 30);
    m.by_smarthost = db_int(r, i, 31);
    return m;
}

bool returned_proven(struct db *db, struct arena *arena, struct returned_match **out, size_t *count, struct err *err)
{
    struct db_result *r = NULL;

    if (!db_run(db, "returned_proven", NULL, 0, &r, err))
        return false;
    *count = db_rows(r);
    *out = arena_alloc(arena, (*count + 1) * sizeof **out);
    for (size_t i = 0; i < *count; i++)
        (*out)[i].row = (struct returned_row){
            .recipient_hash = (uint64_t)db_int(r, i, 0),
            .occurred_at_us = db_time(r, i, 1),
            .signature_id = (uint64_t)db_int(r, i, 2),
            .stream_id = (uint64_t)db_int(r, i, 3),
            .provider_id = (uint64_t)db_int(r, i, 4),
            .domain_id = (uint64_t)db_int(r, i, 5),
            .input_id = (uint64_t)db_int(r, i, 6),
            .input_offset = (uint64_t)db_int(r, i, 7),
            .diagnostic = arena_str(arena, db_text(r, i, 8)),
        };
    db_result_free(r);
    return true;
}

bool returned_matches(struct db *db, struct arena *arena, struct returned_match **out, size_t *count, struct err *err)
{
    struct db_result *span = NULL, *rows = NULL;

    *count = 0;
    if (!db_run(db, "returned_hold", NULL, 0, NULL, err) || !db_run(db, "returned_span", NULL, 0, &span, err))
        return false;
    if (db_rows(span) == 0 || db_is_null(span, 0, 0)) {
        db_result_free(span);
        return true;
    }
    const struct db_arg args[] = {DB_T(db_time(span, 0, 0)), DB_T(db_time(span, 0, 1))};
    db_result_free(span);
    if (!db_run(db, "returned_match", args, 2, &rows, err))
        return false;
    *count = db_rows(rows);
    *out = arena_alloc(arena, (*count + 1) * sizeof **out);
    for (size_t i = 0; i < *count; i++)
        (*out)[i] = match_of(rows, i, arena);
    db_result_free(rows);
    return true;
}

bool returned_settle(struct db *db, const struct returned_match *matches, const char *states, size_t count,
                     struct err *err)
{
    static const enum db_type types[] = {DB_INT8_ARRAY, DB_BYTEA_ARRAY, DB_INT4_ARRAY,
                                         DB_CHAR_ARRAY, DB_INT8_ARRAY,  DB_INT8_ARRAY};
    struct batch b;
    unsigned char bytes[16];

    batch_init(&b, "returned_settle", types, sizeof types / sizeof *types);
    for (size_t i = 0; i < count; i++) {
        batch_int(&b, (int64_t)matches[i].row.recipient_hash);
        batch_text(&b, digest_bytes(&matches[i].row.digest, bytes));
        batch_int(&b, matches[i].row.block);
        batch_int(&b, states[i]);
        batch_int(&b, (int64_t)matches[i].attempt.node_id);
        batch_int(&b, (int64_t)matches[i].attempt.stream_id);
    }
    const bool ok = batch_run(&b, db, err);
    batch_free(&b);
    return ok;
}

bool returned_waiting(struct db *db, int64_t *waiting, int64_t *open, struct err *err)
{
    struct db_result *rows = NULL;

    if (!db_run(db, "returned_waiting", NULL, 0, &rows, err))
        return false;
    *waiting = db_int(rows, 0, 0);
    *open = db_int(rows, 0, 1);
    db_result_free(rows);
    return true;
}

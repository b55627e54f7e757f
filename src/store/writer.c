#include "store/writer.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/table.h"
#include "model/address.h"
#include "store/batch.h"
#include "store/copy.h"
#include "store/schema.h"

enum { MAX_REPLY = 4096, MAX_QUEUE_ID = 64, STRUCK_BITS = 1 << 25, MAX_SAMPLE = 1024, REMEMBERED = 1 << 16 };

struct writer {
    struct db *db, *side; /* the facts' transaction; dictionaries and partitions */
    struct names *names;
    struct rollups *rollups;
    struct copier copier;
    bool copying;
    struct table days;        /* day -> partition made */
    struct table sealed;      /* day -> in the roll-ups by domain already */
    int64_t last_day;         /* of the delivery before, while its COPY goes on */
    bool last_sealed;
    struct batch strikes, recipients, due, quarantine;
    struct table known_recipients, due_now;
    uint8_t *struck;          /* a bit per recipient hash: has it a strike? May say yes too often, never no */
    uint64_t input_id, offset, events;
    bool failed;
    struct err err;
};

static bool load_struck(struct writer *w, struct err *err)
{
    struct db_result *rows = NULL;

    if (!db_run(w->db, "struck_recipients", NULL, 0, &rows, err))
        return false;
    for (size_t i = 0; i < db_rows(rows); i++) {
        const uint64_t bit = (uint64_t)db_int(rows, i, 0) % STRUCK_BITS;
        w->struck[bit / 8] |= (uint8_t)(1u << bit % 8);
    }
    db_result_free(rows);
    return true;
}

struct writer *writer_new(struct db *facts, struct db *names, struct err *err)
{
    static const enum db_type strike[] = {
        DB_INT8_ARRAY, DB_DATE_ARRAY, DB_INT8_ARRAY, DB_INT8_ARRAY, DB_INT4_ARRAY, DB_TIME_ARRAY, DB_INT8_ARRAY,
        DB_INT8_ARRAY, DB_INT8_ARRAY, DB_INT8_ARRAY, DB_INT8_ARRAY, DB_TEXT_ARRAY, DB_CHAR_ARRAY, DB_TEXT_ARRAY};
    static const enum db_type recipient[] = {DB_INT8_ARRAY, DB_TEXT_ARRAY, DB_TEXT_ARRAY};
    static const enum db_type due[] = {DB_INT8_ARRAY};
    static const enum db_type quarantine[] = {DB_INT8_ARRAY, DB_INT8_ARRAY, DB_INT8_ARRAY, DB_TEXT_ARRAY,
                                              DB_TEXT_ARRAY, DB_TEXT_ARRAY, DB_TIME_ARRAY};
    struct writer *w = mem_zero(1, sizeof *w);

    w->db = facts;
    w->side = names;
    w->names = names_new(names);
    w->rollups = rollups_new();
    table_init(&w->days, sizeof(int64_t), 0);
    table_init(&w->sealed, sizeof(int64_t), 0);
    table_init(&w->known_recipients, sizeof(uint64_t), 0);
    table_init(&w->due_now, sizeof(uint64_t), 0);
    batch_init(&w->strikes, "strike_add", strike, sizeof strike / sizeof *strike);
    batch_init(&w->recipients, "recipient_add", recipient, 3);
    batch_init(&w->due, "policy_due_add", due, 1);
    batch_init(&w->quarantine, "quarantine_add", quarantine, sizeof quarantine / sizeof *quarantine);
    w->struck = mem_zero(STRUCK_BITS / 8, 1);
    if (!load_struck(w, err) || !names_load(w->names, err)) {
        writer_free(w);
        return NULL;
    }
    return w;
}

void writer_free(struct writer *writer)
{
    if (!writer)
        return;
    names_free(writer->names);
    rollups_free(writer->rollups);
    copy_free(&writer->copier);
    table_free(&writer->days);
    table_free(&writer->sealed);
    table_free(&writer->known_recipients);
    table_free(&writer->due_now);
    batch_free(&writer->strikes);
    batch_free(&writer->recipients);
    batch_free(&writer->due);
    batch_free(&writer->quarantine);
    free(writer->struck);
    free(writer);
}

struct names *writer_names(struct writer *writer)
{
    return writer->names;
}

struct db *writer_db(struct writer *writer)
{
    return writer->db;
}

uint64_t writer_events(const struct writer *writer)
{
    return writer->events;
}

static void fail(struct writer *w, const struct err *err)
{
    if (!w->failed)
        w->err = *err;
    w->failed = true;
}

bool writer_ok(struct writer *writer, struct err *err)
{
    if (writer->failed)
        *err = writer->err;
    return !writer->failed;
}

static bool load_sealed(struct writer *w, struct err *err)
{
    struct db_result *rows = NULL;

    table_clear(&w->sealed);
    if (!db_run(w->db, "sealed_days_hold", NULL, 0, NULL, err) || !db_run(w->db, "sealed_days", NULL, 0, &rows, err))
        return false;
    for (size_t i = 0; i < db_rows(rows); i++) {
        const int64_t day = db_date(rows, i, 0);
        table_add(&w->sealed, &day, NULL);
    }
    db_result_free(rows);
    return true;
}

bool writer_begin(struct writer *writer, struct err *err)
{
    writer->events = 0;
    writer->failed = false;
    return db_begin(writer->db, err) && load_sealed(writer, err);
}

void writer_at(struct writer *writer, uint64_t input_id, uint64_t offset)
{
    writer->input_id = input_id;
    writer->offset = offset;
}

/* ---------------------------------------------------------------- events */

bool writer_pause(struct writer *writer, struct err *err)
{
    if (!writer->copying)
        return true;
    writer->copying = false;
    return copy_end(&writer->copier, err);
}

/* A day's partition is attached by another connection's statement: a running COPY does not see it, so it ends. */
static bool ready_for_day(struct writer *w, int64_t day, struct err *err)
{
    bool added;

    if (w->copying && day == w->last_day)
        return true;
    table_add(&w->days, &day, &added);
    if (added && !writer_pause(w, err))
        return false;
    if (added && !schema_days(w->side, day, day, err))
        return false;
    if (!w->copying && !copy_begin(&w->copier, w->db, "copy_event", err))
        return false;
    w->copying = true;
    w->last_day = day;
    w->last_sealed = table_find(&w->sealed, &day) != NULL;
    return true;
}

static void put_delay(struct copier *c, int32_t delay_ms)
{
    if (delay_ms < 0)
        copy_null(c);
    else
        copy_int4(c, delay_ms);
}

static bool put_event(struct writer *w, const struct delivery *d, struct err *err)
{
    struct copier *c = &w->copier;

    if (!copy_row(c, 28, err))
        return false;
    copy_time(c, d->at_us);
    copy_int8(c, (int64_t)d->recipient_hash);
    copy_int8(c, (int64_t)d->node_id);
    copy_int8(c, (int64_t)d->egress_id);
    copy_int8(c, (int64_t)w->input_id);
    copy_int8(c, (int64_t)w->offset);
    copy_int8(c, (int64_t)d->message_id_hash);
    copy_int8(c, (int64_t)d->domain_id);
    copy_int8(c, (int64_t)d->provider_id);
    copy_int8(c, (int64_t)d->remote_host_id);
    copy_int8(c, (int64_t)d->stream_id);
    copy_int8(c, (int64_t)d->signature_id);
    copy_int8(c, (int64_t)d->sasl_user_id);
    copy_int8(c, d->size_bytes);
    copy_date(c, d->cohort_day);
    put_delay(c, d->delay_ms);
    put_delay(c, d->delay_queue_ms);
    put_delay(c, d->delay_active_ms);
    put_delay(c, d->delay_connect_ms);
    put_delay(c, d->delay_send_ms);
    copy_int4(c, d->attempt);
    copy_int2(c, d->flags);
    copy_int2(c, d->weight);
    copy_int2(c, d->tls);
    copy_char(c, d->direction);
    copy_char(c, d->outcome);
    copy_text(c, str_to(d->queue_id, MAX_QUEUE_ID));
    copy_text(c, str_to(d->next_queue_id, MAX_QUEUE_ID));
    return true;
}

static bool is_failure(const struct delivery *d)
{
    return d->outcome == OUTCOME_FAILED_SYNC || d->outcome == OUTCOME_EXPIRED || d->outcome == OUTCOME_FAILED_ASYNC;
}

static void add_due(struct writer *w, uint64_t recipient_hash)
{
    bool added;

    table_add(&w->due_now, &recipient_hash, &added);
    if (added)
        batch_int(&w->due, (int64_t)recipient_hash);
}

static void add_strike(struct writer *w, const struct delivery *d, const char *origin, char evidence)
{
    const uint64_t bit = d->recipient_hash % STRUCK_BITS;
    struct batch *b = &w->strikes;

    batch_int(b, (int64_t)d->recipient_hash);
    batch_int(b, clock_floor(d->at_us, CLOCK_DAY) / CLOCK_DAY);
    batch_int(b, (int64_t)d->signature_id);
    batch_int(b, (int64_t)d->stream_id);
    batch_int(b, d->weight);
    batch_int(b, d->at_us);
    batch_int(b, (int64_t)d->node_id);
    batch_int(b, (int64_t)d->provider_id);
    batch_int(b, (int64_t)d->domain_id);
    batch_int(b, (int64_t)w->input_id);
    batch_int(b, (int64_t)w->offset);
    batch_text(b, str_of(origin));
    batch_int(b, evidence);
    batch_text(b, str_to(d->reply, MAX_REPLY));
    w->struck[bit / 8] |= (uint8_t)(1u << bit % 8);
    add_due(w, d->recipient_hash);
}

static bool may_be_struck(const struct writer *w, uint64_t recipient_hash)
{
    const uint64_t bit = recipient_hash % STRUCK_BITS;

    return w->struck[bit / 8] >> bit % 8 & 1;
}

/* What the policy has to look at again: a new strike, or news of an address that has one. */
static void tell_policy(struct writer *w, const struct delivery *d, const char *origin, char evidence)
{
    if (d->direction == DIRECTION_SUBMITTED && is_failure(d))
        add_strike(w, d, origin, evidence);
    else if (d->flags & DELIVERY_FINAL && may_be_struck(w, d->recipient_hash))
        add_due(w, d->recipient_hash);
}

void writer_delivery(struct writer *writer, const struct delivery *delivery, const char *origin, char evidence)
{
    const int64_t day = clock_floor(delivery->at_us, CLOCK_DAY) / CLOCK_DAY;
    struct err err = {0};

    if (writer->failed)
        return;
    if (!ready_for_day(writer, day, &err) || !put_event(writer, delivery, &err) || !names_send(writer->names, &err)) {
        fail(writer, &err);
        return;
    }
    writer->events++;
    rollups_add(writer->rollups, delivery, writer->last_sealed);
    tell_policy(writer, delivery, origin, evidence);
}

void writer_strike(struct writer *writer, const struct delivery *failure, const char *origin, char evidence)
{
    add_strike(writer, failure, origin, evidence);
}

void writer_listing(struct writer *writer, const struct listing_hit *hit)
{
    rollups_add_listing(writer->rollups, hit);
}

void writer_recipient(struct writer *writer, uint64_t recipient_hash, str address)
{
    bool added;

    if (address.n == 0) /* who tells it later still has to be heard */
        return;
    if (writer->known_recipients.count >= REMEMBERED)
        table_clear(&writer->known_recipients);
    table_add(&writer->known_recipients, &recipient_hash, &added);
    if (!added)
        return;
    batch_int(&writer->recipients, (int64_t)recipient_hash);
    batch_text(&writer->recipients, address.p[0] == '@' ? STR("") : str_to(address, 320)); /* "@domain": hashed */
    batch_text(&writer->recipients, address_domain(address));
}

void writer_quarantine(struct writer *writer, const char *kind, str reason, str sample)
{
    struct batch *b = &writer->quarantine;

    batch_int(b, (int64_t)hash64_more(hash64(reason, 0), sample));
    batch_int(b, (int64_t)writer->input_id);
    batch_int(b, (int64_t)writer->offset);
    batch_text(b, str_of(kind));
    batch_text(b, reason);
    batch_text(b, str_to(sample, MAX_SAMPLE));
    batch_int(b, clock_now_us());
}

/* ---------------------------------------------------------------- the transaction's end */

bool writer_flush(struct writer *writer, struct err *err)
{
    if (!writer_ok(writer, err) || !writer_pause(writer, err))
        return false;
    table_clear(&writer->due_now);
    return names_flush(writer->names, err) && batch_run(&writer->recipients, writer->db, err) &&
           batch_run(&writer->strikes, writer->db, err) && batch_run(&writer->due, writer->db, err) &&
           batch_run(&writer->quarantine, writer->db, err) && rollups_flush(writer->rollups, writer->db, err);
}

bool writer_commit(struct writer *writer, struct err *err)
{
    return db_commit(writer->db, err);
}

void writer_rollback(struct writer *writer)
{
    if (writer->copying)
        db_copy_cancel(writer->db);
    writer->copying = false;
    writer->failed = false;
    db_rollback(writer->db);
    names_forget(writer->names);
    rollups_clear(writer->rollups);
    batch_clear(&writer->strikes);
    batch_clear(&writer->recipients);
    batch_clear(&writer->due);
    batch_clear(&writer->quarantine);
    table_clear(&writer->due_now);
    table_clear(&writer->known_recipients);
    table_clear(&writer->days);
}

#include "store/imports.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "store/batch.h"

enum {
    SNDS_DAYS,
    SNDS_STATUSES,
    POSTMASTER_PARTS,
    POSTMASTER_FIGURES,
    POSTMASTER_CLEAR,
    TLS_REPORTS,
    TLS_POLICIES,
    TLS_FAILURES,
    TLS_CLEAR_POLICIES,
    TLS_CLEAR_FAILURES,
    BATCHES
};

#define I8 DB_INT8_ARRAY
#define TX DB_TEXT_ARRAY
#define DY DB_DATE_ARRAY
#define TM DB_TIME_ARRAY
/* In the order in which they run: heads, rows, then what does not stand is cleared away. */
static const struct {
    const char *query;
    size_t columns;
    enum db_type types[BATCH_COLUMNS];
} plans[BATCHES] = {
    [SNDS_DAYS] = {"import_snds_days", 16, {I8, DY, TM, TX, TM, TM, I8, I8, I8, TX, TX, TX, I8, TX, TX, TX}},
    [SNDS_STATUSES] = {"import_snds_statuses", 7, {I8, DY, TM, TX, TX, DB_BOOL_ARRAY, TX}},
    [POSTMASTER_PARTS] = {"import_postmaster_parts", 6, {I8, DY, TX, TM, I8, TX}},
    [POSTMASTER_FIGURES] = {"import_postmaster_figures", 8, {I8, DY, TX, I8, TX, TX, TX, TX}},
    [POSTMASTER_CLEAR] = {"import_postmaster_clear", 1, {I8}},
    [TLS_REPORTS] = {"import_tls_reports", 8, {I8, TM, I8, TX, TX, DY, TM, TM}},
    [TLS_POLICIES] = {"import_tls_policies", 9, {I8, I8, DB_INT4_ARRAY, TX, TX, TX, TX, I8, I8}},
    [TLS_FAILURES] = {"import_tls_failures",
                      12,
                      {I8, I8, DB_INT4_ARRAY, DB_INT4_ARRAY, TX, TX, TX, TX, TX, I8, TX, TX}},
    [TLS_CLEAR_POLICIES] = {"import_tls_clear_policies", 1, {I8}},
    [TLS_CLEAR_FAILURES] = {"import_tls_clear_failures", 1, {I8}},
};

struct import_store {
    struct batch batches[BATCHES];
    struct import_file file;
    int part; /* the piece whose postmaster_part was added last; -1 */
    struct buf number;
};

struct import_store *import_store_new(void)
{
    struct import_store *s = mem_zero(1, sizeof *s);

    for (size_t i = 0; i < BATCHES; i++)
        batch_init(&s->batches[i], plans[i].query, plans[i].types, plans[i].columns);
    return s;
}

void import_store_free(struct import_store *store)
{
    if (!store)
        return;
    for (size_t i = 0; i < BATCHES; i++)
        batch_free(&store->batches[i]);
    buf_free(&store->number);
    free(store);
}

static void clear(struct import_store *store)
{
    for (size_t i = 0; i < BATCHES; i++)
        batch_clear(&store->batches[i]);
}

/* ---------------------------------------------------------------- the file */

uint64_t import_file_id(const struct import_file *file)
{
    return file->digest.low;
}

static str digest_of(const struct import_file *file, unsigned char out[16])
{
    for (int i = 0; i < 8; i++) {
        out[i] = (unsigned char)(file->digest.high >> (56 - 8 * i));
        out[8 + i] = (unsigned char)(file->digest.low >> (56 - 8 * i));
    }
    return (str){(const char *)out, 16};
}

void import_store_begin(struct import_store *store, const struct import_file *file)
{
    clear(store);
    store->file = *file;
    store->part = -1;
}

static bool take(struct db *db, const struct import_file *file, bool *fresh, struct err *err)
{
    unsigned char digest[16];
    const bool told = file->first_day <= file->last_day;
    const struct db_arg args[] = {
        DB_I8(import_file_id(file)),
        DB_RAW(digest_of(file, digest)),
        DB_S(file->format),
        DB_T(file->as_of_us),
        DB_I8(file->read),
        DB_I8(file->irrelevant),
        DB_I8(file->unread),
        told ? DB_D(file->first_day) : DB_NULL(DB_DATE),
        told ? DB_D(file->last_day) : DB_NULL(DB_DATE),
    };
    struct db_result *rows = NULL;

    if (!db_run(db, "import_seen", args, sizeof args / sizeof *args, &rows, err))
        return false;
    *fresh = db_rows(rows) > 0;
    db_result_free(rows);
    return true;
}

bool import_store_write(struct import_store *store, struct db *db, const struct import_file *file, bool *fresh,
                        struct err *err)
{
    bool ok = take(db, file, fresh, err);

    for (size_t i = 0; i < BATCHES && ok && *fresh; i++)
        ok = batch_run(&store->batches[i], db, err);
    clear(store);
    return ok;
}

/* ---------------------------------------------------------------- its rows */

static uint64_t item_of(str source, str item)
{
    return hash64_more(hash64(source, 0), item);
}

static uint64_t version_of(const struct import_store *s, int piece)
{
    return hash64_int(s->file.digest.low, (uint64_t)piece);
}

/* "" is NULL: there is no array of numbers with a fraction. */
static void batch_share(struct import_store *s, struct batch *b, double value)
{
    struct json_out to = {.to = &s->number};

    buf_clear(&s->number);
    if (value >= 0)
        json_double(&to, value);
    batch_text(b, buf_str(&s->number));
}

static void add_snds_day(struct import_store *s, const struct import_row *row)
{
    const struct snds_day *d = &row->snds_day;
    struct batch *b = &s->batches[SNDS_DAYS];

    batch_int(b, (int64_t)item_of(STR("snds"), d->ip));
    batch_int(b, d->day);
    batch_int(b, s->file.as_of_us);
    batch_text(b, d->ip);
    batch_int(b, d->from_us);
    batch_int(b, d->to_us);
    batch_int(b, d->rcpt_commands);
    batch_int(b, d->data_commands);
    batch_int(b, d->recipients);
    batch_text(b, d->filter_result);
    batch_text(b, d->complaint_said);
    batch_share(s, b, d->complaint_rate);
    batch_int(b, d->trap_hits);
    batch_text(b, d->sample_helo);
    batch_text(b, d->sample_sender_domain);
    batch_text(b, d->comments);
}

static void add_snds_status(struct import_store *s, const struct import_row *row)
{
    const struct snds_status *d = &row->snds_status;
    struct batch *b = &s->batches[SNDS_STATUSES];

    batch_int(b, (int64_t)hash64_more(item_of(STR("snds status"), d->first_ip), d->last_ip));
    batch_int(b, d->day);
    batch_int(b, s->file.as_of_us);
    batch_text(b, d->first_ip);
    batch_text(b, d->last_ip);
    batch_int(b, d->blocked);
    batch_text(b, d->details);
}

static void add_part(struct import_store *s, const struct import_row *row, uint64_t item_id)
{
    const struct postmaster_figure *f = &row->figure;
    struct batch *b = &s->batches[POSTMASTER_PARTS];

    if (row->piece == s->part)
        return;
    s->part = row->piece;
    batch_int(b, (int64_t)item_id);
    batch_int(b, f->day);
    batch_text(b, f->part);
    batch_int(b, s->file.as_of_us);
    batch_int(b, (int64_t)version_of(s, row->piece));
    batch_text(b, f->domain);
    batch_int(&s->batches[POSTMASTER_CLEAR], (int64_t)item_id);
}

static void add_figure(struct import_store *s, const struct import_row *row)
{
    const struct postmaster_figure *f = &row->figure;
    const uint64_t item_id = item_of(STR("postmaster"), f->domain);
    struct batch *b = &s->batches[POSTMASTER_FIGURES];

    add_part(s, row, item_id);
    batch_int(b, (int64_t)item_id);
    batch_int(b, f->day);
    batch_text(b, f->part);
    batch_int(b, (int64_t)version_of(s, row->piece));
    batch_text(b, f->metric);
    batch_text(b, f->detail);
    batch_share(s, b, f->value);
    batch_text(b, f->said);
}

static uint64_t report_item(const struct tls_report *r)
{
    return hash64_more(item_of(STR("tls-rpt"), r->organization), r->report_id);
}

static void add_report(struct import_store *s, const struct import_row *row)
{
    const struct tls_report *r = &row->report;
    struct batch *b = &s->batches[TLS_REPORTS];

    batch_int(b, (int64_t)report_item(r));
    batch_int(b, s->file.as_of_us);
    batch_int(b, (int64_t)version_of(s, row->piece));
    batch_text(b, r->organization);
    batch_text(b, r->report_id);
    batch_int(b, r->day);
    batch_int(b, r->from_us);
    batch_int(b, r->to_us);
    batch_int(&s->batches[TLS_CLEAR_POLICIES], (int64_t)report_item(r));
    batch_int(&s->batches[TLS_CLEAR_FAILURES], (int64_t)report_item(r));
}

static void add_policy(struct import_store *s, const struct import_row *row)
{
    const struct tls_policy *p = &row->policy;
    struct batch *b = &s->batches[TLS_POLICIES];

    batch_int(b, (int64_t)report_item(p->report));
    batch_int(b, (int64_t)version_of(s, row->piece));
    batch_int(b, p->policy);
    batch_text(b, p->policy_type);
    batch_text(b, p->policy_domain);
    batch_text(b, p->policy_text);
    batch_text(b, p->mx_hosts);
    batch_int(b, p->successful);
    batch_int(b, p->failed);
}

static void add_failure(struct import_store *s, const struct import_row *row)
{
    const struct tls_failure *f = &row->failure;
    struct batch *b = &s->batches[TLS_FAILURES];

    batch_int(b, (int64_t)report_item(f->policy->report));
    batch_int(b, (int64_t)version_of(s, row->piece));
    batch_int(b, f->policy->policy);
    batch_int(b, f->failure);
    batch_text(b, f->result_type);
    batch_text(b, f->sending_ip);
    batch_text(b, f->receiving_mx);
    batch_text(b, f->receiving_helo);
    batch_text(b, f->receiving_ip);
    batch_int(b, f->sessions);
    batch_text(b, f->information);
    batch_text(b, f->reason_code);
}

void import_store_add(struct import_store *store, const struct import_row *row)
{
    static void (*const adders[])(struct import_store *, const struct import_row *) = {
        [IMPORT_SNDS_DAY] = add_snds_day, [IMPORT_SNDS_STATUS] = add_snds_status, [IMPORT_POSTMASTER] = add_figure,
        [IMPORT_TLS_REPORT] = add_report, [IMPORT_TLS_POLICY] = add_policy,       [IMPORT_TLS_FAILURE] = add_failure,
    };

    adders[row->kind](store, row);
}

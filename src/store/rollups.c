#include "store/rollups.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/table.h"
#include "store/batch.h"
#include "store/listings.h"

/* Keys are compared as bytes: every member is set, and padding is spelled out. */
struct hour_key {
    uint64_t node_id;
    int64_t hour_us;
    uint64_t egress_id, provider_id, stream_id;
    int32_t cohort_day;
    char direction, outcome;
    uint8_t tls, pad;
};

struct failure_key {
    uint64_t node_id;
    int64_t hour_us;
    uint64_t egress_id, provider_id, stream_id, signature_id;
    int32_t cohort_day;
    char direction, outcome;
    uint16_t pad;
};

struct delay_key {
    uint64_t node_id;
    int64_t hour_us;
    uint64_t provider_id, stream_id;
    int32_t cohort_day, pad;
};

enum { DELAY_PHASES = 5 }; /* the whole, then what Postfix calls a, b, c and d */

struct delays {
    int64_t buckets[DELAY_PHASES][DELAY_BUCKETS];
};

struct day_key { /* by domain, and by sender: one of the two ids is 0 */
    uint64_t node_id;
    uint64_t domain_id, provider_id, stream_id, signature_id, sasl_user_id;
    int32_t day, cohort_day;
    char direction, outcome;
    uint16_t pad;
    uint32_t pad2;
};

enum {
    SUM_N, SUM_ATTEMPTS, SUM_ATTEMPTED, SUM_FIRST_DEFERRED, SUM_FIRST_TRY, SUM_FINAL, SUM_FINAL_ATTEMPTS, SUM_BLOCKED,
    SUM_ON_TIME, SUM_BYTES, SUM_COUNT
};

struct sums {
    int64_t of[SUM_COUNT];
};

struct rollups {
    struct table hours, failures, delays, domains, senders;
    struct listings *listings;
};

struct rollups *rollups_new(void)
{
    struct rollups *r = mem_zero(1, sizeof *r);

    table_init(&r->hours, sizeof(struct hour_key), sizeof(struct sums));
    table_init(&r->failures, sizeof(struct failure_key), sizeof(struct sums));
    table_init(&r->delays, sizeof(struct delay_key), sizeof(struct delays));
    table_init(&r->domains, sizeof(struct day_key), sizeof(struct sums));
    table_init(&r->senders, sizeof(struct day_key), sizeof(struct sums));
    r->listings = listings_new();
    return r;
}

void rollups_free(struct rollups *rollups)
{
    if (!rollups)
        return;
    table_free(&rollups->hours);
    table_free(&rollups->failures);
    table_free(&rollups->delays);
    table_free(&rollups->domains);
    table_free(&rollups->senders);
    listings_free(rollups->listings);
    free(rollups);
}

void rollups_clear(struct rollups *rollups)
{
    table_clear(&rollups->hours);
    table_clear(&rollups->failures);
    table_clear(&rollups->delays);
    table_clear(&rollups->domains);
    table_clear(&rollups->senders);
    listings_clear(rollups->listings);
}

int rollup_bucket(int64_t delay_ms)
{
    static int64_t edges[DELAY_BUCKETS]; /* edges[i]: the smallest delay of bucket i + 1 */
    int bucket = 1;

    if (edges[1] == 0)
        for (int i = 1; i < DELAY_BUCKETS; i++)
            edges[i] = (int64_t)ceil(exp(13.0 / 26 * i) - 1);
    while (bucket < DELAY_BUCKETS - 1 && delay_ms >= edges[bucket])
        bucket++;
    return bucket;
}

static void add_sums(struct sums *s, const struct delivery *d)
{
    const int64_t w = d->weight;
    const bool final = d->flags & DELIVERY_FINAL;

    s->of[SUM_N] += w;
    s->of[SUM_ATTEMPTS] += w * !!(d->flags & DELIVERY_ATTEMPT);
    s->of[SUM_ATTEMPTED] += w * !!(d->flags & DELIVERY_FIRST);
    s->of[SUM_FIRST_DEFERRED] += w * !!(d->flags & DELIVERY_FIRST_DEFERRAL);
    s->of[SUM_FIRST_TRY] += w * !!(d->flags & DELIVERY_FIRST_TRY);
    s->of[SUM_FINAL] += w * final;
    s->of[SUM_FINAL_ATTEMPTS] += final ? w * d->attempt : 0;
    s->of[SUM_BLOCKED] += w * !!(d->flags & DELIVERY_FIRST_BLOCKED);
    s->of[SUM_ON_TIME] += w * (d->outcome == OUTCOME_DELIVERED && d->delay_ms >= 0 && d->delay_ms <= 60000);
    s->of[SUM_BYTES] += final && d->size_bytes > 0 ? w * d->size_bytes : 0;
}

static void add_hour(struct rollups *r, const struct delivery *d, int64_t hour_us)
{
    const struct hour_key key = {.node_id = d->node_id, .hour_us = hour_us, .egress_id = d->egress_id,
                                 .provider_id = d->provider_id, .stream_id = d->stream_id,
                                 .cohort_day = d->cohort_day, .direction = d->direction, .outcome = d->outcome,
                                 .tls = d->tls};

    add_sums(table_add(&r->hours, &key, NULL), d);
}

static void add_failure(struct rollups *r, const struct delivery *d, int64_t hour_us)
{
    const struct failure_key key = {.node_id = d->node_id, .hour_us = hour_us, .egress_id = d->egress_id,
                                    .provider_id = d->provider_id, .stream_id = d->stream_id,
                                    .signature_id = d->signature_id, .cohort_day = d->cohort_day,
                                    .direction = d->direction, .outcome = d->outcome};

    add_sums(table_add(&r->failures, &key, NULL), d);
}

static void add_delays(struct rollups *r, const struct delivery *d, int64_t hour_us)
{
    const int32_t ms[DELAY_PHASES] = {d->delay_ms, d->delay_queue_ms, d->delay_active_ms, d->delay_connect_ms,
                                      d->delay_send_ms};
    const struct delay_key key = {d->node_id, hour_us, d->provider_id, d->stream_id, d->cohort_day, 0};
    struct delays *sums = table_add(&r->delays, &key, NULL);

    for (int phase = 0; phase < DELAY_PHASES; phase++)
        if (ms[phase] >= 0)
            sums->buckets[phase][rollup_bucket(ms[phase])] += d->weight;
}

static void add_sealed(struct rollups *r, const struct delivery *d)
{
    const int32_t day = (int32_t)(clock_floor(d->at_us, CLOCK_DAY) / CLOCK_DAY);
    const struct day_key domain = {.node_id = d->node_id, .domain_id = d->domain_id, .provider_id = d->provider_id,
                                   .stream_id = d->stream_id, .signature_id = d->signature_id, .day = day,
                                   .cohort_day = d->cohort_day, .direction = d->direction, .outcome = d->outcome};
    const struct day_key sender = {.node_id = d->node_id, .provider_id = d->provider_id, .stream_id = d->stream_id,
                                   .sasl_user_id = d->sasl_user_id, .day = day, .cohort_day = d->cohort_day,
                                   .direction = d->direction, .outcome = d->outcome};

    add_sums(table_add(&r->domains, &domain, NULL), d);
    add_sums(table_add(&r->senders, &sender, NULL), d);
}

static bool has_reason(const struct delivery *d)
{
    return d->signature_id != 0 && d->outcome != OUTCOME_DELIVERED && d->outcome != OUTCOME_HANDED_OVER;
}

void rollups_add(struct rollups *rollups, const struct delivery *delivery, bool sealed)
{
    const int64_t hour_us = clock_floor(delivery->at_us, CLOCK_HOUR);

    add_hour(rollups, delivery, hour_us);
    if (has_reason(delivery))
        add_failure(rollups, delivery, hour_us);
    if (delivery->outcome == OUTCOME_DELIVERED && delivery->direction == DIRECTION_SUBMITTED)
        add_delays(rollups, delivery, hour_us);
    if (sealed)
        add_sealed(rollups, delivery);
}

void rollups_add_listing(struct rollups *rollups, const struct listing_hit *hit)
{
    listings_add(rollups->listings, hit);
}

/* ---------------------------------------------------------------- writing */

static void put_sums(struct batch *b, const struct sums *s, const int *which, size_t count)
{
    for (size_t i = 0; i < count; i++)
        batch_int(b, s->of[which[i]]);
}

static bool nothing(const struct sums *s)
{
    for (int i = 0; i < SUM_COUNT; i++)
        if (s->of[i])
            return false;
    return true;
}

typedef void put_row(struct batch *b, const void *key, const void *value);

static void put_hour(struct batch *b, const void *key, const void *value)
{
    static const int all[] = {SUM_N,     SUM_ATTEMPTS,       SUM_ATTEMPTED, SUM_FIRST_DEFERRED, SUM_FIRST_TRY,
                              SUM_FINAL, SUM_FINAL_ATTEMPTS, SUM_BLOCKED,   SUM_ON_TIME,        SUM_BYTES};
    const struct hour_key *k = key;

    if (nothing(value))
        return;
    batch_int(b, (int64_t)k->node_id);
    batch_int(b, k->hour_us);
    batch_int(b, k->cohort_day);
    batch_int(b, (int64_t)k->egress_id);
    batch_int(b, (int64_t)k->provider_id);
    batch_int(b, (int64_t)k->stream_id);
    batch_int(b, k->direction);
    batch_int(b, k->outcome);
    batch_int(b, k->tls);
    put_sums(b, value, all, SUM_COUNT);
}

static void put_failure(struct batch *b, const void *key, const void *value)
{
    static const int some[] = {SUM_N, SUM_ATTEMPTS, SUM_FINAL};
    const struct failure_key *k = key;

    if (nothing(value))
        return;
    batch_int(b, (int64_t)k->node_id);
    batch_int(b, k->hour_us);
    batch_int(b, k->cohort_day);
    batch_int(b, (int64_t)k->egress_id);
    batch_int(b, (int64_t)k->provider_id);
    batch_int(b, (int64_t)k->stream_id);
    batch_int(b, k->direction);
    batch_int(b, k->outcome);
    batch_int(b, (int64_t)k->signature_id);
    put_sums(b, value, some, 3);
}

static bool any(const int64_t buckets[DELAY_BUCKETS])
{
    for (int i = 0; i < DELAY_BUCKETS; i++)
        if (buckets[i])
            return true;
    return false;
}

/* "{1,0,3}": arrays of arrays must be square in PostgreSQL, so each goes as text. */
static void put_phase(struct batch *b, const struct delay_key *k, int phase, const int64_t buckets[DELAY_BUCKETS])
{
    struct buf text = {0};

    for (int i = 1; i < DELAY_BUCKETS; i++)
        buf_printf(&text, "%c%lld", i == 1 ? '{' : ',', (long long)buckets[i]);
    buf_add_char(&text, '}');
    batch_int(b, (int64_t)k->node_id);
    batch_int(b, k->hour_us);
    batch_int(b, k->cohort_day);
    batch_int(b, (int64_t)k->provider_id);
    batch_int(b, (int64_t)k->stream_id);
    batch_int(b, phase);
    batch_text(b, buf_str(&text));
    buf_free(&text);
}

static void put_delay(struct batch *b, const void *key, const void *value)
{
    const struct delays *sums = value;

    for (int phase = 0; phase < DELAY_PHASES; phase++)
        if (any(sums->buckets[phase]))
            put_phase(b, key, phase, sums->buckets[phase]);
}

static void put_domain(struct batch *b, const void *key, const void *value)
{
    static const int some[] = {SUM_N, SUM_ATTEMPTED, SUM_FINAL};
    const struct day_key *k = key;

    batch_int(b, (int64_t)k->node_id);
    batch_int(b, k->day);
    batch_int(b, k->cohort_day);
    batch_int(b, (int64_t)k->domain_id);
    batch_int(b, (int64_t)k->provider_id);
    batch_int(b, (int64_t)k->stream_id);
    batch_int(b, k->direction);
    batch_int(b, k->outcome);
    batch_int(b, (int64_t)k->signature_id);
    put_sums(b, value, some, 3);
}

static void put_sender(struct batch *b, const void *key, const void *value)
{
    static const int some[] = {SUM_N, SUM_ATTEMPTED, SUM_FINAL};
    const struct day_key *k = key;

    batch_int(b, (int64_t)k->node_id);
    batch_int(b, k->day);
    batch_int(b, k->cohort_day);
    batch_int(b, (int64_t)k->stream_id);
    batch_int(b, (int64_t)k->sasl_user_id);
    batch_int(b, (int64_t)k->provider_id);
    batch_int(b, k->direction);
    batch_int(b, k->outcome);
    put_sums(b, value, some, 3);
}

static bool flush_table(struct table *t, const char *query, const enum db_type *types, size_t columns, put_row *put,
                        struct db *db, struct err *err)
{
    struct batch b;

    if (t->count == 0)
        return true;
    const void **keys = table_sorted_keys(t);
    batch_init(&b, query, types, columns);
    for (size_t i = 0; i < t->count; i++)
        put(&b, keys[i], table_find(t, keys[i]));
    const bool ok = batch_run(&b, db, err);
    batch_free(&b);
    free(keys);
    table_clear(t);
    return ok;
}

#define I8 DB_INT8_ARRAY
#define FLUSH(member, query, types, put) \
    flush_table(&rollups->member, query, types, sizeof(types) / sizeof *(types), put, db, err)

bool rollups_flush(struct rollups *rollups, struct db *db, struct err *err)
{
    static const enum db_type hour[] = {I8, DB_TIME_ARRAY, DB_DATE_ARRAY, I8, I8, I8, DB_CHAR_ARRAY, DB_CHAR_ARRAY,
                                        DB_INT2_ARRAY, I8, I8, I8, I8, I8, I8, I8, I8, I8, I8};
    static const enum db_type failure[] = {I8, DB_TIME_ARRAY, DB_DATE_ARRAY, I8, I8, I8, DB_CHAR_ARRAY,
                                           DB_CHAR_ARRAY, I8, I8, I8, I8};
    static const enum db_type delay[] = {I8, DB_TIME_ARRAY, DB_DATE_ARRAY, I8, I8, DB_INT2_ARRAY, DB_TEXT_ARRAY};
    static const enum db_type domain[] = {I8, DB_DATE_ARRAY, DB_DATE_ARRAY, I8, I8, I8, DB_CHAR_ARRAY,
                                          DB_CHAR_ARRAY, I8, I8, I8, I8};
    static const enum db_type sender[] = {I8, DB_DATE_ARRAY, DB_DATE_ARRAY, I8, I8, I8, DB_CHAR_ARRAY,
                                          DB_CHAR_ARRAY, I8, I8, I8};

    return FLUSH(hours, "rollup_hour_add", hour, put_hour) &&
           FLUSH(failures, "rollup_failure_add", failure, put_failure) &&
           FLUSH(delays, "rollup_delay_add", delay, put_delay) &&
           FLUSH(domains, "rollup_domain_add", domain, put_domain) &&
           FLUSH(senders, "rollup_sender_add", sender, put_sender) && listings_flush(rollups->listings, db, err);
}

#include "store/listings.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/table.h"
#include "store/batch.h"

enum { MAX_LIST = 40, MAX_ITEM = 96, MAX_SAMPLE = 500 };

struct key {
    uint64_t node_id, provider_id;
    int64_t hour_us;
    char blocklist[MAX_LIST], listed_item[MAX_ITEM]; /* padded with NUL */
};

struct sums {
    int64_t hits, first_us, last_us;
    uint64_t signature_id;
    bool own_item;
    uint16_t sample_n;
    char sample[MAX_SAMPLE];
};

struct listings {
    struct table sums;
};

struct listings *listings_new(void)
{
    struct listings *l = mem_zero(1, sizeof *l);

    table_init(&l->sums, sizeof(struct key), sizeof(struct sums));
    return l;
}

void listings_free(struct listings *listings)
{
    if (listings)
        table_free(&listings->sums);
    free(listings);
}

void listings_clear(struct listings *listings)
{
    table_clear(&listings->sums);
}

static void put_padded(char *to, size_t room, str s)
{
    const str cut = str_to(s, room - 1);

    memset(to, 0, room);
    if (cut.n)
        memcpy(to, cut.p, cut.n);
}

void listings_add(struct listings *listings, const struct listing_hit *hit)
{
    struct key key;
    bool added;

    memset(&key, 0, sizeof key);
    key.node_id = hit->node_id;
    key.provider_id = hit->provider_id;
    key.hour_us = clock_floor(hit->at_us, CLOCK_HOUR);
    put_padded(key.blocklist, MAX_LIST, hit->blocklist);
    put_padded(key.listed_item, MAX_ITEM, hit->listed_item);

    struct sums *s = table_add(&listings->sums, &key, &added);
    s->hits += hit->weight;
    s->own_item = s->own_item || hit->own_item;
    if (added || hit->at_us > s->last_us)
        s->last_us = hit->at_us;
    if (added || hit->at_us < s->first_us) {
        const str sample = str_to(hit->sample, MAX_SAMPLE);
        s->first_us = hit->at_us;
        s->signature_id = hit->signature_id;
        s->sample_n = (uint16_t)sample.n;
        if (sample.n)
            memcpy(s->sample, sample.p, sample.n);
    }
}

bool listings_flush(struct listings *listings, struct db *db, struct err *err)
{
    static const enum db_type types[] = {DB_INT8_ARRAY, DB_TEXT_ARRAY, DB_TEXT_ARRAY, DB_INT8_ARRAY,
                                         DB_TIME_ARRAY, DB_INT8_ARRAY, DB_BOOL_ARRAY, DB_TIME_ARRAY,
                                         DB_TIME_ARRAY, DB_TEXT_ARRAY, DB_INT8_ARRAY};
    struct batch b;

    if (listings->sums.count == 0)
        return true;
    const void **keys = table_sorted_keys(&listings->sums);
    batch_init(&b, "listing_add", types, sizeof types / sizeof *types);
    for (size_t i = 0; i < listings->sums.count; i++) {
        const struct key *k = keys[i];
        const struct sums *s = table_find(&listings->sums, k);
        batch_int(&b, (int64_t)k->node_id);
        batch_text(&b, str_of(k->blocklist));
        batch_text(&b, str_of(k->listed_item));
        batch_int(&b, (int64_t)k->provider_id);
        batch_int(&b, k->hour_us);
        batch_int(&b, s->hits);
        batch_int(&b, s->own_item);
        batch_int(&b, s->first_us);
        batch_int(&b, s->last_us);
        batch_text(&b, (str){s->sample, s->sample_n});
        batch_int(&b, (int64_t)s->signature_id);
    }
    const bool ok = batch_run(&b, db, err);
    batch_free(&b);
    free(keys);
    table_clear(&listings->sums);
    return ok;
}

#include "store/names.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/table.h"
#include "store/batch.h"

enum { MAX_REMEMBERED = 65536, ROWS_AT_ONCE = 1024, MAX_SAMPLE = 512, MAX_NAME = 255 };

static const char *const queries[DICTIONARY_COUNT] = {
    [NAME_EGRESS] = "names_egress",       [NAME_REMOTE_HOST] = "names_remote_host", [NAME_DOMAIN] = "names_domain",
    [NAME_SASL_USER] = "names_sasl_user", [NAME_PROVIDER] = "names_provider",
};

struct hour_signature {
    uint64_t node_id;
    int64_t hour_us;
    uint64_t signature_id;
};

struct names {
    struct db *db;
    struct table known[DICTIONARY_COUNT], known_nodes, known_streams;
    struct table signatures; /* signature_id -> earliest sample_at written */
    struct table dictionary; /* every signature_id there is: the cap outlives a rollback */
    struct table hours;      /* struct hour_signature -> nothing; signature_id 0 -> how many of that hour */
    struct batch texts[DICTIONARY_COUNT], nodes, streams, signature;
};

struct names *names_new(struct db *db)
{
    static const enum db_type text[] = {DB_INT8_ARRAY, DB_TEXT_ARRAY};
    static const enum db_type three[] = {DB_INT8_ARRAY, DB_TEXT_ARRAY, DB_TEXT_ARRAY};
    static const enum db_type signature[] = {
        DB_INT8_ARRAY, DB_TEXT_ARRAY, DB_INT4_ARRAY, DB_TEXT_ARRAY, DB_TEXT_ARRAY, DB_INT8_ARRAY, DB_TEXT_ARRAY,
        DB_TEXT_ARRAY, DB_TEXT_ARRAY, DB_TEXT_ARRAY, DB_BOOL_ARRAY, DB_TEXT_ARRAY, DB_TIME_ARRAY};
    struct names *n = mem_zero(1, sizeof *n);

    n->db = db;
    for (int i = 0; i < DICTIONARY_COUNT; i++) {
        table_init(&n->known[i], sizeof(uint64_t), 0);
        batch_init(&n->texts[i], queries[i], text, 2);
    }
    table_init(&n->known_nodes, sizeof(uint64_t), 0);
    table_init(&n->known_streams, sizeof(uint64_t), 0);
    table_init(&n->signatures, sizeof(uint64_t), sizeof(int64_t));
    table_init(&n->dictionary, sizeof(uint64_t), 0);
    table_init(&n->hours, sizeof(struct hour_signature), sizeof(uint32_t));
    batch_init(&n->nodes, "names_node", three, 3);
    batch_init(&n->streams, "names_stream", three, 3);
    batch_init(&n->signature, "names_signature", signature, sizeof signature / sizeof *signature);
    return n;
}

void names_free(struct names *names)
{
    if (!names)
        return;
    for (int i = 0; i < DICTIONARY_COUNT; i++) {
        table_free(&names->known[i]);
        batch_free(&names->texts[i]);
    }
    table_free(&names->known_nodes);
    table_free(&names->known_streams);
    table_free(&names->signatures);
    table_free(&names->dictionary);
    table_free(&names->hours);
    batch_free(&names->nodes);
    batch_free(&names->streams);
    batch_free(&names->signature);
    free(names);
}

uint64_t name_id(enum dictionary dictionary, str text)
{
    return text.n ? hash64(str_to(text, MAX_NAME), (uint64_t)dictionary + 1) : 0;
}

static bool is_new(struct table *known, uint64_t id)
{
    bool added;

    if (known->count >= MAX_REMEMBERED)
        table_clear(known);
    table_add(known, &id, &added);
    return added;
}

void names_add(struct names *names, enum dictionary dictionary, uint64_t id, str text)
{
    if (id == 0 || !is_new(&names->known[dictionary], id))
        return;
    batch_int(&names->texts[dictionary], (int64_t)id);
    batch_text(&names->texts[dictionary], str_to(text, MAX_NAME));
}

static void add_three(struct batch *batch, uint64_t id, str a, str b)
{
    batch_int(batch, (int64_t)id);
    batch_text(batch, str_to(a, MAX_NAME));
    batch_text(batch, str_to(b, MAX_NAME));
}

void names_add_node(struct names *names, uint64_t node_id, str host, str instance)
{
    if (is_new(&names->known_nodes, node_id))
        add_three(&names->nodes, node_id, host, instance);
}

void names_add_stream(struct names *names, uint64_t stream_id, str name, str kind)
{
    if (stream_id && is_new(&names->known_streams, stream_id))
        add_three(&names->streams, stream_id, name, kind);
}

bool names_load(struct names *names, struct err *err)
{
    struct db_result *rows = NULL;

    if (!db_run(names->db, "names_signatures", NULL, 0, &rows, err))
        return false;
    for (size_t i = 0; i < db_rows(rows); i++) {
        const uint64_t id = (uint64_t)db_int(rows, i, 0);
        table_add(&names->dictionary, &id, NULL);
    }
    db_result_free(rows);
    return true;
}

static bool fits_hour(struct names *n, uint64_t node_id, uint64_t signature_id, int64_t at_us)
{
    struct hour_signature key = {node_id, clock_floor(at_us, CLOCK_HOUR), 0};

    if (n->hours.count >= MAX_REMEMBERED)
        table_clear(&n->hours);
    const uint32_t count = *(uint32_t *)table_add(&n->hours, &key, NULL);
    key.signature_id = signature_id;
    if (table_find(&n->hours, &key))
        return true;
    if (count >= SIGNATURES_AN_HOUR)
        return false;
    table_add(&n->hours, &key, NULL);
    key.signature_id = 0;
    *(uint32_t *)table_find(&n->hours, &key) = count + 1;
    return true;
}

static bool fits(struct names *n, uint64_t node_id, uint64_t signature_id, int64_t at_us)
{
    if (!table_find(&n->dictionary, &signature_id) && n->dictionary.count >= SIGNATURES_MOST)
        return false;
    if (!fits_hour(n, node_id, signature_id, at_us))
        return false;
    table_add(&n->dictionary, &signature_id, NULL);
    return true;
}

/* What is left of a text when there are too many: what it means. */
static struct verdict overflow_of(const struct verdict *v)
{
    return (struct verdict){
        .signature_id = hash64_more(hash64_more(hash64(STR("overflow"), 0x53), v->category), v->severity),
        .category = v->category,
        .severity = v->severity,
        .rule = STR("overflow"),
        .masked = STR("(one of too many different texts)"),
    };
}

static void put_signature(struct names *names, const struct verdict *verdict, uint64_t provider_id, str sample,
                          int64_t sample_at_us)
{
    char status[ESC_TEXT];
    bool added;

    if (names->signatures.count >= MAX_REMEMBERED)
        table_clear(&names->signatures);
    int64_t *first = table_add(&names->signatures, &verdict->signature_id, &added);
    if (!added && *first <= sample_at_us)
        return;
    *first = sample_at_us;

    struct batch *b = &names->signature;
    batch_int(b, (int64_t)verdict->signature_id);
    batch_text(b, verdict->masked);
    batch_int(b, verdict->reply_code);
    batch_text(b, str_of(esc_text(verdict->enhanced_status, status)));
    batch_text(b, str_of(phase_name(verdict->phase)));
    batch_int(b, (int64_t)provider_id);
    batch_text(b, verdict->category);
    batch_text(b, verdict->severity);
    batch_text(b, verdict->rule);
    batch_text(b, verdict->blocklist);
    batch_int(b, verdict->misconfigured);
    batch_text(b, str_to(sample, MAX_SAMPLE));
    batch_int(b, sample_at_us);
}

uint64_t names_add_signature(struct names *names, const struct verdict *verdict, uint64_t provider_id, uint64_t node_id,
                             str sample, int64_t sample_at_us)
{
    if (fits(names, node_id, verdict->signature_id, sample_at_us)) {
        put_signature(names, verdict, provider_id, sample, sample_at_us);
        return verdict->signature_id;
    }
    const struct verdict other = overflow_of(verdict);
    put_signature(names, &other, 0, STR(""), sample_at_us);
    return other.signature_id;
}

bool names_send(struct names *names, struct err *err)
{
    for (int i = 0; i < DICTIONARY_COUNT; i++)
        if (names->texts[i].rows >= ROWS_AT_ONCE && !db_is_busy(names->db))
            return batch_run(&names->texts[i], names->db, err);
    return true;
}

void names_forget(struct names *names)
{
    for (int i = 0; i < DICTIONARY_COUNT; i++)
        table_clear(&names->known[i]);
    table_clear(&names->known_nodes);
    table_clear(&names->known_streams);
    table_clear(&names->signatures);
}

bool names_flush(struct names *names, struct err *err)
{
    bool ok = batch_run(&names->nodes, names->db, err) && batch_run(&names->streams, names->db, err) &&
              batch_run(&names->signature, names->db, err);

    for (int i = 0; ok && i < DICTIONARY_COUNT; i++)
        ok = batch_run(&names->texts[i], names->db, err);
    return ok && db_settle(names->db, err);
}

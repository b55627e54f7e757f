#include <stdio.h>

#include "base/hash.h"
#include "store/schema.h"

/* Columns of one reference table, gathered for unnest(). */
enum { COLUMNS_MOST = 8 };

struct columns {
    struct arena *arena;
    size_t rows;
    struct db_arg args[COLUMNS_MOST];
    size_t count;
};

static str *text_column(struct columns *columns)
{
    str *texts = arena_alloc(columns->arena, (columns->rows + 1) * sizeof *texts);

    columns->args[columns->count++] = DB_TEXTS(DB_TEXT_ARRAY, texts, columns->rows);
    return texts;
}

static int64_t *number_column(struct columns *columns, enum db_type type)
{
    int64_t *numbers = arena_alloc(columns->arena, (columns->rows + 1) * sizeof *numbers);

    columns->args[columns->count++] = DB_INTS(type, numbers, columns->rows);
    return numbers;
}

static struct columns categories(const struct schema_shipped *s, struct arena *arena)
{
    struct columns c = {.arena = arena, .rows = s->category_count};
    str *category = text_column(&c), *fault = text_column(&c), *severity = text_column(&c);
    int64_t *class = number_column(&c, DB_CHAR_ARRAY);
    str *title = text_column(&c), *advice = text_column(&c);

    for (size_t i = 0; i < c.rows; i++) {
        const struct schema_category *row = &s->categories[i];
        category[i] = row->category;
        fault[i] = row->fault;
        severity[i] = row->severity;
        class[i] = row->class;
        title[i] = row->title;
        advice[i] = row->advice;
    }
    return c;
}

static struct columns blocklists(const struct schema_shipped *s, struct arena *arena)
{
    struct columns c = {.arena = arena, .rows = s->blocklist_count};
    str *blocklist = text_column(&c), *name = text_column(&c), *operator= text_column(&c);
    str *type = text_column(&c), *status = text_column(&c);
    int64_t *weight = number_column(&c, DB_INT4_ARRAY);
    str *delist_url = text_column(&c);

    for (size_t i = 0; i < c.rows; i++) {
        const struct schema_blocklist *row = &s->blocklists[i];
        blocklist[i] = row->blocklist;
        name[i] = row->name;
        operator[i] = row->operator;
        type[i] = row->type;
        status[i] = row->status;
        weight[i] = row->weight;
        delist_url[i] = row->delist_url;
    }
    return c;
}

static struct columns providers(const struct schema_shipped *s, struct arena *arena)
{
    struct columns c = {.arena = arena, .rows = s->provider_count};
    int64_t *provider_id = number_column(&c, DB_INT8_ARRAY);
    str *provider = text_column(&c), *name = text_column(&c), *kind = text_column(&c), *roof = text_column(&c);

    for (size_t i = 0; i < c.rows; i++) {
        const struct schema_provider *row = &s->providers[i];
        provider_id[i] = row->provider_id;
        provider[i] = row->provider;
        name[i] = row->name;
        kind[i] = row->kind;
        roof[i] = row->roof;
    }
    return c;
}

static const struct {
    const char *query;
    struct columns (*gather)(const struct schema_shipped *, struct arena *);
} tables[] = {
    {"schema_categories", categories},
    {"schema_blocklists", blocklists},
    {"schema_providers", providers},
};
enum { TABLES = sizeof tables / sizeof *tables };

static void add_column(struct digest *digest, const struct db_arg *column)
{
    for (size_t i = 0; i < column->count; i++) {
        if (column->type == DB_TEXT_ARRAY) {
            digest_add(digest, column->texts[i]);
            digest_add(digest, (str){"", 1}); /* the NUL: "ab","c" is not "a","bc" */
        } else {
            digest_add(digest, (str){(const char *)&column->ints[i], sizeof column->ints[i]});
        }
    }
}

static str digest_of(const struct columns *gathered, struct arena *arena)
{
    struct digest *digest = digest_new();

    for (size_t t = 0; t < TABLES; t++)
        for (size_t c = 0; c < gathered[t].count; c++)
            add_column(digest, &gathered[t].args[c]);
    const struct hash128 value = digest_value(digest);
    digest_free(digest);
    return arena_printf(arena, "%016llx%016llx", (unsigned long long)value.high, (unsigned long long)value.low);
}

static bool is_written(struct db *db, str digest, bool *written, struct err *err)
{
    const struct db_arg name = DB_S(STR("reference"));
    struct db_result *rows;

    if (!db_run(db, "schema_setting_get", &name, 1, &rows, err))
        return false;
    *written = db_rows(rows) && str_eq(db_text(rows, 0, 0), digest);
    db_result_free(rows);
    return true;
}

/* The digest's row comes first: of two programs at once the second waits there. */
static bool write_all(struct db *db, const struct columns *gathered, str digest, struct err *err)
{
    const struct db_arg setting[] = {DB_S(STR("reference")), DB_S(digest)};

    if (!db_begin(db, err))
        return false;
    bool good = db_run(db, "schema_setting_put", setting, 2, NULL, err);
    for (size_t t = 0; good && t < TABLES; t++)
        good = db_run(db, tables[t].query, gathered[t].args, gathered[t].count, NULL, err);
    if (good)
        return db_commit(db, err);
    db_rollback(db);
    return false;
}

bool schema_reference(struct db *db, const struct schema_shipped *shipped, struct err *err)
{
    struct arena *arena = arena_new();
    struct columns gathered[TABLES];
    bool written = false;

    for (size_t t = 0; t < TABLES; t++)
        gathered[t] = tables[t].gather(shipped, arena);
    const str digest = digest_of(gathered, arena);
    const bool good = is_written(db, digest, &written, err) && (written || write_all(db, gathered, digest, err));
    arena_free(arena);
    return good;
}

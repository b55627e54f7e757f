/* The reference rows that go with this program: from the tables of classify/ to those of the database. */
#include "classify/classify.h"
#include "cli/command.h"
#include "store/names.h"
#include "store/schema.h"

static struct schema_category *categories(struct arena *arena, size_t *count)
{
    const struct category *from;
    *count = classify_categories(&from);
    struct schema_category *to = arena_alloc(arena, *count * sizeof *to);

    for (size_t i = 0; i < *count; i++)
        to[i] = (struct schema_category){from[i].id,    from[i].fault,  from[i].severity,
                                         from[i].title, from[i].advice, from[i].class};
    return to;
}

static struct schema_blocklist *blocklists(struct arena *arena, size_t *count)
{
    const struct blocklist *from;
    *count = classify_blocklists(&from);
    struct schema_blocklist *to = arena_alloc(arena, *count * sizeof *to);

    for (size_t i = 0; i < *count; i++)
        to[i] = (struct schema_blocklist){from[i].id,     from[i].name,   from[i].operator, from[i].type,
                                          from[i].status, from[i].delist, from[i].severity};
    return to;
}

static struct schema_provider *providers(struct arena *arena, size_t *count)
{
    const struct provider *from;
    *count = providers_all(providers_shipped(), &from);
    struct schema_provider *to = arena_alloc(arena, *count * sizeof *to);

    for (size_t i = 0; i < *count; i++)
        to[i] = (struct schema_provider){(int64_t)name_id(NAME_PROVIDER, from[i].id), from[i].id, from[i].name,
                                         from[i].kind, from[i].group};
    return to;
}

bool context_reference(struct arena *arena, struct db *db, struct err *err)
{
    struct schema_shipped shipped = {0};

    shipped.categories = categories(arena, &shipped.category_count);
    shipped.blocklists = blocklists(arena, &shipped.blocklist_count);
    shipped.providers = providers(arena, &shipped.provider_count);
    return schema_reference(db, &shipped, err);
}

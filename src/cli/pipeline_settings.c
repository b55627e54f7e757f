#include "cli/pipeline_settings.h"

static struct stream_rule *stream_rules(const struct config_map *map, struct arena *arena)
{
    struct stream_rule *rules = arena_alloc(arena, (map->count + 1) * sizeof *rules);

    for (size_t i = 0; i < map->count; i++)
        rules[i] = (struct stream_rule){map->pairs[i].key, map->pairs[i].value};
    return rules;
}

static struct stream_kind *stream_kinds(const struct config_map *map, struct arena *arena)
{
    struct stream_kind *kinds = arena_alloc(arena, (map->count + 1) * sizeof *kinds);

    for (size_t i = 0; i < map->count; i++)
        kinds[i] = (struct stream_kind){map->pairs[i].key, map->pairs[i].value};
    return kinds;
}

static struct pipeline_pair *pairs_of(const struct config_map *map, struct arena *arena)
{
    struct pipeline_pair *pairs = arena_alloc(arena, (map->count + 1) * sizeof *pairs);

    for (size_t i = 0; i < map->count; i++)
        pairs[i] = (struct pipeline_pair){map->pairs[i].key, map->pairs[i].value};
    return pairs;
}

void pipeline_settings_read(const struct config *config, struct pipeline_settings *out)
{
    const struct config *c = config;

    *out = (struct pipeline_settings){
        .zone = c->ingest_zone,
        .user_rules = c->rules,
        .batch_bytes = (uint64_t)(c->ingest_batch_mb > 0 ? c->ingest_batch_mb : 1) << 20,
        .keep_all_addresses = c->privacy_addresses && str_eq(str_of(c->privacy_addresses), STR("all")),
        .own = c->networks_own.items,
        .own_count = c->networks_own.count,
        .smarthosts = c->smarthosts.items,
        .smarthost_count = c->smarthosts.count,
        .inbound_domains = c->inbound_domains.items,
        .inbound_count = c->inbound_domains.count,
        .protected = c->suppression_protected.items,
        .protected_count = c->suppression_protected.count,
        .fbl_providers = c->fbl_providers.items,
        .fbl_count = c->fbl_providers.count,
        .daily_cap = c->suppression_daily_cap,
        .egress = pairs_of(&c->egress, c->arena),
        .egress_count = c->egress.count,
        .streams = stream_rules(&c->streams, c->arena),
        .stream_count = c->streams.count,
        .kinds = stream_kinds(&c->stream_kinds, c->arena),
        .kind_count = c->stream_kinds.count,
    };
}

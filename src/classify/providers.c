#include "classify/providers.h"

#include <pthread.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/table.h"
#include "classify/suffixes.h"
#include "classify/tsv.h"

enum { COLUMNS = 6 };

struct providers {
    struct provider *rows;
    size_t count;
    struct table ids;         /* hash of an id -> its row */
    const struct provider *other;
    struct suffixes hosts;    /* mx_suffixes */
    struct suffixes domains;  /* whole domains */
    struct suffixes families; /* "*.rr.com": any domain below */
};

static struct providers table;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void add_hosts(str all, int row)
{
    str suffix;

    while (str_take_field(&all, ',', &suffix)) {
        str_take_char(&suffix, '.');
        suffixes_add(&table.hosts, suffix, row);
    }
}

static void add_domains(str all, int row)
{
    str domain;

    while (str_take_field(&all, ',', &domain))
        suffixes_add(str_take(&domain, STR("*.")) ? &table.families : &table.domains, domain, row);
}

static void read_providers(void)
{
    str in = tsv_file("providers.tsv"), f[COLUMNS];

    suffixes_init(&table.hosts);
    suffixes_init(&table.domains);
    suffixes_init(&table.families);
    table.rows = mem_zero(tsv_rows(in), sizeof *table.rows);
    table_init(&table.ids, sizeof(uint64_t), sizeof(size_t));
    for (; tsv_row(&in, f, COLUMNS); table.count++) {
        table.rows[table.count] = (struct provider){.id = f[0], .name = f[1], .kind = f[2], .group = f[3]};
        add_hosts(f[4], (int)table.count);
        add_domains(f[5], (int)table.count);
        const uint64_t key = hash64(f[0], 0);
        *(size_t *)table_add(&table.ids, &key, NULL) = table.count;
    }
    table.other = provider_named(&table, STR("other"));
}

const struct providers *providers_shipped(void)
{
    pthread_once(&once, read_providers);
    return &table;
}

const struct provider *provider_host_ending(const struct providers *providers, str host, str *ending)
{
    int row;

    return suffixes_find(&providers->hosts, host, &row, ending) ? &providers->rows[row] : NULL;
}

const struct provider *provider_of_host(const struct providers *providers, str host)
{
    str ending;

    return provider_host_ending(providers, host, &ending);
}

const struct provider *provider_of_domain(const struct providers *providers, str domain)
{
    int row;
    str ending;

    if (suffixes_exact(&providers->domains, domain, &row) ||
        suffixes_find(&providers->families, domain, &row, &ending))
        return &providers->rows[row];
    return NULL;
}

const struct provider *provider_of(const struct providers *providers, str remote_host, str domain)
{
    const struct provider *host = provider_of_host(providers, remote_host);
    const struct provider *owner = provider_of_domain(providers, domain);

    if (host && owner && !str_eq(host->group, owner->group))
        return owner; /* a smarthost: it answers for a domain that another brand runs */
    if (host)
        return host;
    return owner ? owner : providers->other;
}

const struct provider *provider_named(const struct providers *providers, str id)
{
    const uint64_t key = hash64(id, 0);
    const size_t *row = table_find(&providers->ids, &key);

    return row && str_eq(providers->rows[*row].id, id) ? &providers->rows[*row] : NULL;
}

size_t providers_all(const struct providers *providers, const struct provider **out)
{
    *out = providers->rows;
    return providers->count;
}

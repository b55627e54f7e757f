#include "base/embed.h"

#include <stdlib.h>

static int by_name(const void *key, const void *row)
{
    return strcmp(key, ((const struct embedded *)row)->name);
}

const struct embedded *embedded_find(const struct embedded_table *table, const char *name)
{
    return bsearch(name, table->files, table->count, sizeof *table->files, by_name);
}

#include "store/named.h"

#include <stdio.h>

#include "base/embed.h"

static const struct embedded *find_in(const struct embedded_table *table, const char *folder, const char *name)
{
    char path[256];

    if (snprintf(path, sizeof path, "%s%s.sql", folder, name) >= (int)sizeof path)
        return NULL;
    return embedded_find(table, path);
}

static const struct embedded *find_file(const char *name)
{
    static const char reports[] = "reports/";
    const bool report = strncmp(name, reports, sizeof reports - 1) == 0;
    const struct embedded *file = report ? NULL : find_in(&embedded_sql, "queries/", name);

    if (!file && !report)
        file = find_in(&embedded_sql, "", name);
    if (!file)
        file = find_in(&embedded_reports, "", report ? name + sizeof reports - 1 : name);
    return file;
}

const char *named_text(const char *name, struct err *err)
{
    const struct embedded *file = find_file(name);

    if (!file)
        err_set(err, ERR_DB, "database: no query is named \"%s\"", name);
    return file ? file->bytes : NULL;
}

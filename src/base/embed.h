/*
 * embed - files built into the program: sql/, reports/, rules/ (made by src/tools/embed.c).
 *
 * Each folder becomes one sorted table; names are paths below the folder, "queries/move_position.sql".
 */
#pragma once
#include "base/str.h"

struct embedded {
    const char *name;
    const char *bytes; /* NUL behind the last byte */
    size_t size;
};

struct embedded_table {
    const struct embedded *files;
    size_t count;
};

extern const struct embedded_table embedded_sql;
extern const struct embedded_table embedded_reports;
extern const struct embedded_table embedded_rules;

const struct embedded *embedded_find(const struct embedded_table *table, const char *name); /* NULL unknown */
static inline str embedded_text(const struct embedded *file)
{
    return (str){file->bytes, file->size};
}

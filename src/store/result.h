/*
 * result - what result.c needs to know of an answer that only db.c holds. Private to store/.
 */
#pragma once
#include "store/db.h"

uint32_t db_column_oid(const struct db_result *result, size_t column);
struct arena *db_result_arena(const struct db_result *result); /* for values decoded from it */

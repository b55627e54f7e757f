/*
 * grid - a table of texts in columns, for terminals.
 *
 * Ownership  cells are copied into the arena given. grid_print() shows control characters as \xNN.
 * Limits     GRID_COLUMNS columns; the last one is cut at the width of a terminal, none of a pipe.
 */
#pragma once
#include "base/arena.h"
#include "cli/out.h"

enum { GRID_COLUMNS = 12 };

struct grid {
    struct arena *arena;
    size_t columns, rows, room;
    str *cells;               /* rows x columns, the titles first */
    bool right[GRID_COLUMNS]; /* numbers */
};

/* titles: NULL at the end; one that begins with '>' is a column of numbers. */
struct grid grid_new(struct arena *arena, const char *const *titles);
/* The next cells, row by row; grid_row() has to be called before each. */
str *grid_row(struct grid *grid);
void grid_print(const struct grid *grid, struct out *out);
/* "1,234,567" */
str grid_number(struct arena *arena, int64_t number);

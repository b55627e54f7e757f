#include "cli/grid.h"

#include <assert.h>

#include "base/utf8.h"

static str shown(struct arena *arena, str text)
{
    struct buf buf = {0};

    utf8_show(text, &buf);
    const str copy = arena_str(arena, buf_str(&buf));
    buf_free(&buf);
    return copy;
}

struct grid grid_new(struct arena *arena, const char *const *titles)
{
    struct grid grid = {.arena = arena};
    str *cells;

    while (titles[grid.columns])
        grid.columns++;
    assert(grid.columns <= GRID_COLUMNS);
    cells = grid_row(&grid);
    for (size_t i = 0; i < grid.columns; i++) {
        grid.right[i] = titles[i][0] == '>';
        cells[i] = str_of(titles[i] + grid.right[i]);
    }
    return grid;
}

str *grid_row(struct grid *grid)
{
    if (grid->rows == grid->room) {
        const size_t room = grid->room * 2 + 16;
        str *cells = arena_alloc(grid->arena, room * grid->columns * sizeof *cells);

        if (grid->rows > 0)
            memcpy(cells, grid->cells, grid->rows * grid->columns * sizeof *cells);
        grid->cells = cells;
        grid->room = room;
    }
    return grid->cells + grid->columns * grid->rows++;
}

/* Characters, not bytes; wide ones are rare enough here. */
static size_t width_of(str text)
{
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++)
        n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
    return n;
}

static void pad(struct out *out, size_t n)
{
    out_printf(out, "%*s", (int)n, "");
}

static str cut(str text, size_t width)
{
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
        if (n > width)
            return str_to(text, i);
    }
    return text;
}

static void print_row(const struct grid *grid, size_t row, const size_t *widths, struct out *out)
{
    const str *cells = grid->cells + row * grid->columns;
    size_t used = 0;

    for (size_t i = 0; i < grid->columns; i++) {
        const bool last = i + 1 == grid->columns;
        const size_t left = out_width(out) > used ? out_width(out) - used : 0;
        const str text = last && out->terminal && !grid->right[i] ? cut(cells[i], left) : cells[i];
        const size_t gap = widths[i] > width_of(text) ? widths[i] - width_of(text) : 0;

        if (grid->right[i])
            pad(out, gap);
        out_add(out, text);
        if (!last)
            pad(out, (grid->right[i] ? 0 : gap) + 2);
        used += widths[i] + 2;
    }
    out_add(out, STR("\n"));
}

void grid_print(const struct grid *grid, struct out *out)
{
    size_t widths[GRID_COLUMNS] = {0};

    for (size_t i = 0; i < grid->rows * grid->columns; i++) {
        grid->cells[i] = shown(grid->arena, grid->cells[i]);
        if (widths[i % grid->columns] < width_of(grid->cells[i]))
            widths[i % grid->columns] = width_of(grid->cells[i]);
    }
    for (size_t row = 0; row < grid->rows; row++) {
        if (row == 0)
            out_printf(out, "%s", out_colour(out, COLOUR_STRONG));
        print_row(grid, row, widths, out);
        if (row == 0)
            out_printf(out, "%s", out_colour(out, COLOUR_NONE));
    }
}

str grid_number(struct arena *arena, int64_t number)
{
    const str digits = arena_printf(arena, "%lld", (long long)number);
    char *to = arena_alloc(arena, digits.n * 2 + 1);
    size_t n = 0;

    for (size_t i = 0; i < digits.n; i++) {
        to[n++] = digits.p[i];
        if (str_is_digit(digits.p[i]) && i + 1 < digits.n && (digits.n - i - 1) % 3 == 0)
            to[n++] = ',';
    }
    return (str){to, n};
}

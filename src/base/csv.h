/*
 * csv - rows of comma-separated values (RFC 4180) whose first row names the columns.
 *
 * Ownership  a row's fields are views of the line, of the arena (where quotes were doubled) or of the
 *            csv (where a quoted value goes on over line ends), valid until the next line.
 * Limits     256 columns; 64 KiB a row, what is longer is no row.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"

enum { CSV_COLUMNS = 256 };

struct csv {
    struct buf pending; /* a row whose last quote is still open */
    bool open;
    struct buf names; /* of the columns, NUL behind each */
    size_t at[CSV_COLUMNS];
    size_t columns;
    str field[CSV_COLUMNS];
    size_t count;
};

enum csv_result { CSV_BAD = 0, CSV_PART, CSV_ROW };

void csv_free(struct csv *csv);
/* Takes a line; with CSV_ROW csv->field[0 .. count) are its values. */
enum csv_result csv_read(struct csv *csv, str text, struct arena *arena);
/* The row just read names the columns. */
void csv_name_columns(struct csv *csv);
/* The value of a column, "" when there is none. Names compare without case. */
str csv_get(const struct csv *csv, const char *column);
bool csv_has(const struct csv *csv, const char *column);

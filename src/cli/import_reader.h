/*
 * import_reader - files of figures (imports/imports.h) shown row by row, without a database.
 *
 * As JSON one object a row: `source`, `kind`, `format` and the members of its kind, all of them, null where nothing is
 * said. As text the same on one line.
 *
 * Errors     ERR_INPUT: nothing of the file could be read; what broke off is named.
 */
#pragma once
#include "cli/out.h"
#include "imports/imports.h"
#include "intake/input.h"

struct import_reader {
    struct out *out;
    const char *zone; /* of stamps that name none; NULL: UTC */
    bool json, show_unread;
};

/* `counts` is filled in any case. */
bool import_reader_read(const struct import_reader *reader, struct input *in, const struct import_format *format,
                        struct import_counts *counts, struct err *err);

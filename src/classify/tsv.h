/*
 * tsv - the shipped tables (rules/NAME.tsv, built into the program): fields between tabs, "#" begins a remark.
 *
 * Ownership  views into the embedded file: they live for ever.
 * Limits     a row with another number of fields is our own mistake and is asserted.
 */
#pragma once
#include "base/str.h"

/* The whole text of rules/NAME. */
str tsv_file(const char *name);
/* The next row's fields; a field of "-" is answered as "". False at the end. */
bool tsv_row(str *in, str fields[], size_t count);
size_t tsv_rows(str text);

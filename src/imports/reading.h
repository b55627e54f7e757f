/*
 * reading - what the import formats share: values within bounds, and how a row is told.
 *
 * take_* and value_* answer false for what is not there or out of range.
 */
#pragma once
#include "base/clock.h"
#include "base/json.h"
#include "imports/imports.h"

enum { TEXT_BYTES = 255, LONG_BYTES = 1000 };
#define COUNT_MOST (INT64_C(1) << 53)

str without_bom(str text);
str value_clip(str text, size_t most);                      /* trimmed; cut before a character, not inside one */
bool value_ip(str text, struct arena *arena, str *out);     /* in its shortest form */
bool value_domain(str text, struct arena *arena, str *out); /* lower case, no dot behind */
bool value_word(str text, size_t most);                     /* letters, digits, - _ . only */
/* The texts of a list, or one text, with `between` between them. */
str value_list(const struct json_value *list, const char *between, size_t most, struct arena *arena);
bool value_count_text(str text, int64_t *out);
bool value_count(const struct json_value *value, int64_t *out); /* whole, 0..2^53 */
bool value_ratio(const struct json_value *value, double *out);  /* 0..1 */
bool value_day(const struct import_reading *reading, int year, int month, int day, int64_t *out);
bool value_possible(const struct import_reading *reading, int64_t at_us);

/* Tells a row; false when there are too many. */
bool reading_tell(struct import_reading *reading, const struct import_row *row);
void reading_read(struct import_reading *reading, int64_t day); /* one more was read */
void reading_unread(struct import_reading *reading, str piece, const char *why);

/*
 * All documents of a JSON text: it is one value, or one a line. An array is taken apart. take() answers NULL, or why a
 * document would not read. False when the text is broken JSON and nothing was read.
 */
typedef const char *document_fn(struct import_reading *reading, const struct json_value *document);
bool reading_documents(struct import_reading *reading, document_fn *take, struct err *err);

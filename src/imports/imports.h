/*
 * imports - the table of other people's reports on our mail: one row, one file each.
 *
 * A format recognises itself from the head of an input and turns the whole text into rows (model/imported.h). What is
 * no row is counted too: `irrelevant` is a line or document that is known and tells no figure, `unread` one that would
 * not read; what is out of range (a negative count, a day in the future, a share beyond 1) is unread, not mended.
 *
 * Ownership  rows are views of the text and of the reading's arena.
 * Errors     import_read() answers false with ERR_INPUT when nothing of the text could be read: broken JSON, wrong
 *            columns.
 * Limits     32 MiB a text, 2 MiB a JSON document (a hostile one takes 80 times that in memory), 64 levels
 *            (base/json.h); 200,000 rows, policies, failures and figures together; texts are cut at 255 bytes,
 *            comments and reasons at 1000.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/zone.h"
#include "model/imported.h"

enum { IMPORT_BYTES_MAX = 32 * 1024 * 1024, IMPORT_JSON_MAX = 2 * 1024 * 1024, IMPORT_ROWS_MAX = 200000 };

struct import_counts {
    uint64_t read, irrelevant, unread; /* lines of a table, documents or their pieces in JSON */
    int64_t first_day, last_day;       /* of what was read */
};

struct import_reading {
    str text;
    int64_t now_us;          /* nothing can be later than the day after */
    int64_t as_of_us;        /* when the file was made: the day of what names none */
    const struct zone *zone; /* of stamps that name none; NULL: UTC */
    struct arena *arena;

    void (*row)(void *self, const struct import_row *row);
    void (*unread)(void *self, uint64_t offset, str sample, const char *why); /* may be NULL */
    void *self;

    struct import_counts counts; /* filled */
    const char *first_why;       /* of what was unread; NULL */
    str document;                /* at hand: what samples are taken from */
    int pieces;                  /* so far */
    uint64_t rows;
};

struct import_format {
    const char *name;
    const char *title;
    bool (*recognise)(str head); /* from the first bytes of an input */
    bool (*parse)(struct import_reading *reading, struct err *err);
};

extern const struct import_format import_formats[];
extern const size_t import_format_count;

const struct import_format *import_format_named(str name);
const struct import_format *import_format_detect(str head); /* NULL: none of these */
/* Reads all of it. Fills reading->counts. */
bool import_read(const struct import_format *format, struct import_reading *reading, struct err *err);

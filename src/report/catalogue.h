/*
 * catalogue - the reports there are: one file of reports/ each, described by its own first lines.
 *
 *     -- title: Providers
 *     -- promise: Who answered our mail, and how much of it they took.
 *     -- takes: provider node egress stream
 *     -- layout: list
 *     -- beside: trends
 *     -- column: delivery_rate | Delivery | rate stayed/final | what it means
 *
 * Each column of the answer is described, in its order. The third field is a unit, for a rate with the
 * columns of its numerator and denominator (from which intervals and "3 of 40" are made), then flags:
 * `detail` keeps it out of tables for people, `long` gives it a line of its own in text, `wide` leaves it out
 * on a narrow terminal first.
 * beside: reports that are shown with this one where they have rows.
 * takes: the limits the report honours; asking another is refused, not ignored. layout: table, list
 * (one row, shown as names and values) or series (points in time).
 *
 * Ownership  everything lives in the arena given to catalogue_load(), or is built in.
 * Errors     ERR_CONFIG with file and line for a description that does not read: a mistake of ours, found by a test.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

enum unit {
    UNIT_TEXT,
    UNIT_MESSAGES, /* recipient-messages */
    UNIT_ATTEMPTS,
    UNIT_COUNT,
    UNIT_RATE, /* 0..1 */
    UNIT_TIME,
    UNIT_SECONDS,
    UNIT_URL,
};
const char *unit_name(enum unit unit);

enum layout { LAYOUT_TABLE, LAYOUT_LIST, LAYOUT_SERIES };

enum limit { LIMIT_PROVIDER, LIMIT_NODE, LIMIT_EGRESS, LIMIT_STREAM, LIMIT_DOMAIN, LIMIT_COUNT };
extern const char *const limit_names[LIMIT_COUNT];
enum { BESIDE_MOST = 4 };

struct column {
    const char *name;
    str title, about;
    enum unit unit;
    bool detail, long_text, wide;
    int numerator, denominator; /* of a rate: columns, -1 when it has none */
};

struct report {
    const char *name;  /* overview */
    const char *query; /* reports/overview, for db_run() */
    str title, promise;
    enum layout layout;
    bool takes[LIMIT_COUNT];
    const char *beside[BESIDE_MOST + 1]; /* names, NULL behind the last */
    struct column *columns;
    size_t column_count;
};

struct catalogue {
    struct report *reports; /* sorted by name */
    size_t count;
};

bool catalogue_load(struct catalogue *out, struct arena *arena, struct err *err);
/* Reads one file's description; for the catalogue and its tests. */
bool catalogue_read(const char *name, str text, struct report *out, struct arena *arena, struct err *err);
const struct report *catalogue_find(const struct catalogue *catalogue, str name); /* NULL unknown */
int report_column(const struct report *report, const char *name);                 /* -1 none */

/*
 * forms - reads a suppression list as somebody wrote it: csv with a header line, JSON lines, or one name a line.
 *
 * CSV columns are known by name, in any order: address, email, recipient or EmailAddress; domain; scope; state; reason,
 * SuppressionReason or error; expires_at. JSON lines have the same keys. In plain text what stands before the first
 * blank counts; "@example.org" is a domain, "#" begins a comment.
 *
 * Ownership  the form owns its memory; a row's views are good until the next form_next().
 * Errors     form_open() refuses a csv whose header names no address (ERR_INPUT). A row that cannot be read is
 *            answered with bad set.
 * Limits     a field is at most 8 KiB, a record at most 64 columns.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

enum { FORM_COLUMNS = 64 };

struct form_row {
    str who, reason, scope;
    int64_t expires_at_us; /* CLOCK_NONE: not said */
    bool in_force;         /* no state, or "active" */
    bool bad;
};

struct form {
    str rest;
    size_t line; /* of the row answered last */
    int kind;
    int columns[FORM_COLUMNS];
    size_t column_count;
    struct arena *arena;
};

bool form_open(struct form *form, str text, struct err *err);
bool form_next(struct form *form, struct form_row *row);
void form_close(struct form *form);

/*
 * fields - "Name: value" blocks as mails really carry them, read leniently.
 *
 * Used for mail headers, the fields of delivery and feedback reports (RFC 3464 2.1.1,
 * RFC 5965 3) and headers that stand in the text of a notice. Blanks before the colon,
 * folding, blank lines between fields and lines that are no field at all are coped with.
 *
 * Ownership  views into the text; an unfolded value lives in the arena.
 * Limits     a name has at most 64 bytes.
 */
#pragma once
#include "base/arena.h"

struct field {
    str name, value; /* value: trimmed, its lines joined by one blank each */
    bool gap;        /* a blank line stood before it */
};

/* The next field, false at the end. loose: a line that is no field continues the one before. */
bool fields_next(str *in, bool loose, struct arena *arena, struct field *out);
/* One line: is it a field, and whose? */
bool field_split(str line, str *name, str *value);
/* The first field of that name, "" without one. */
str fields_find(str block, str name, struct arena *arena);
/* Everything before the first blank line. */
str fields_block(str text);

/* Many at once, in one pass over the block: each row names a field and where its value goes. */
struct field_slot {
    str name;
    size_t offset; /* of a str in *out; the first field of that name wins */
};
void fields_clear(const struct field_slot *slots, size_t count, void *out); /* all "" */
void fields_fill(str block, const struct field_slot *slots, size_t count, void *out, struct arena *arena);

/*
 * families - mail systems whose notices are words, not fields: one row each.
 *
 * A row says how the family is known (sender, subject, words in the text: all that are given must
 * be there; '|' separates alternatives, everything in lower case) and where its recipients stand.
 * `read` is for the few whose shape is their own; the others are read by prose.h.
 *
 * A new family is one row; its sample goes into tests/data/prose first.
 */
#pragma once
#include "bounces/prose.h"

struct family {
    const char *name, *title;
    const char *from, *subject, *text; /* NULL: any */
    struct prose_hints hints;
    bool (*read)(struct notice *n, const struct prose_hints *hints); /* NULL: prose_read() with the hints */
};

extern const struct family families[];
extern const size_t families_count;

/* The first row that knows the mail and finds a recipient in it; also sets decoded_by. */
bool families_read(struct notice *n);

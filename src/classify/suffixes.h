/*
 * suffixes - host names by their longest known ending, at label boundaries ("a.zen.spamhaus.org" ends in "spamhaus.org").
 *
 * Ownership  the caller's struct; names are hashed, not kept.
 * Limits     host names of at most 255 bytes; longer ones are unknown. Case is folded.
 */
#pragma once
#include "base/table.h"

struct suffixes {
    struct table table; /* hash of the name -> value */
};

void suffixes_init(struct suffixes *suffixes);
void suffixes_free(struct suffixes *suffixes);
/* The first value given to a name stays. */
void suffixes_add(struct suffixes *suffixes, str name, int value);
/* *ending: the known name, a view into host. */
bool suffixes_find(const struct suffixes *suffixes, str host, int *value, str *ending);
bool suffixes_exact(const struct suffixes *suffixes, str name, int *value);

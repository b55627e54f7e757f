/*
 * recipients - those of one open message that are still deferred, in the order in which they were.
 *
 * Most messages have one or two; a mailing has tens of thousands, and each of its retries asks for each of them: from
 * RECIPIENTS_LISTED on a table finds them. Inside of correlate/ only.
 *
 * Ownership  begins as {0}; the list owns its recipients and their texts, recipients_clear() gives all back.
 */
#pragma once
#include "base/table.h"
#include "correlate/correlate.h"

enum { RECIPIENTS_LISTED = 32 };

struct recipient {
    struct recipient *next, *before;
    struct open_recipient open; /* its texts are one allocation, owned here */
    char *texts;
};

struct recipients {
    struct recipient *first, *last;
    size_t count;
    struct table *index; /* struct recipient_key -> struct recipient *; NULL while there are few */
};

/* By the two addresses of a delivery line; NULL: not deferred. */
struct recipient *recipients_find(const struct recipients *all, uint64_t recipient_hash, uint64_t original_hash);
/* At the end. Its hashes are those it will be found by. */
struct recipient *recipients_add(struct recipients *all, const struct open_recipient *open);
void recipients_drop(struct recipients *all, struct recipient *gone);
void recipients_clear(struct recipients *all);
/* Copies what is kept of the texts. */
void recipient_keep_texts(struct recipient *r, str address, str reply);

/*
 * choices - the texts that a piece of a regular expression can be, as long as they are few.
 *
 * "(mailbox|inbox) (is )?full" is "mailbox full", "mailbox is full", "inbox full" or "inbox is full": put together piece
 * by piece, each further piece multiplies them. No choice at all (count 0) means "not known, or too many".
 *
 * Ownership  none: a struct choices is a value (of 1.6 KiB: pass it by pointer).
 * Errors     false where there would be more than CHOICES_MAX texts, or one of more than CHOICE_BYTES; nothing is changed then.
 */
#pragma once
#include "base/str.h"

enum { CHOICES_MAX = 32, CHOICE_BYTES = 48 };

struct choices {
    size_t count;
    struct choice {
        unsigned char n;
        char p[CHOICE_BYTES];
    } of[CHOICES_MAX];
};

void choices_set(struct choices *c, str only);
bool choices_add(struct choices *c, str text); /* one text more; nothing where it is there already */
bool choices_unite(struct choices *c, const struct choices *more);
/* Each text followed by each of next. */
bool choices_follow(struct choices *c, const struct choices *next);

/*
 * fold - text as rules see it: lower case, accents off, typographic marks plain.
 *
 * "Boîte PLEINE" and "boite pleine" are one text, and so are Cyrillic and Greek capitals and small
 * letters, full-width and plain Latin. Bytes that are no UTF-8 are taken for ISO 8859-1. Rule
 * patterns are folded by the same table when they are read, so both may be written as one likes.
 *
 * Ownership  appends to a buf of the caller.
 * Limits     the result is at most twice as long as the text.
 */
#pragma once
#include "base/buf.h"

void fold_text(str text, struct buf *to);
/* The same for a regular expression: what follows a backslash stays as it is. */
void fold_pattern(str source, struct buf *to);

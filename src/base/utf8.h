/*
 * utf8 - UTF-8 (RFC 3629) checked and mended.
 *
 * Ownership  views; utf8_clean() appends to a buf of the caller.
 * Errors     none: what is no UTF-8 is UTF8_BAD, one for each maximal broken piece (Unicode 3.9, D93b).
 */
#pragma once
#include "base/buf.h"

#define UTF8_BAD UINT32_MAX

/* Takes one character off the front of *in, which is not empty; surrogates and overlong forms are bad. */
uint32_t utf8_take(str *in);
bool utf8_valid(str text);
/* Appends text with U+FFFD where it was broken. */
void utf8_clean(str text, struct buf *to);
/* Appends text for people: control characters (C0, C1, DEL, bidirectional overrides) and broken bytes as \xNN. */
void utf8_show(str text, struct buf *to);

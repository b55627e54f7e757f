/*
 * charset - bytes of any charset as valid UTF-8.
 *
 * Labels lie: what is valid UTF-8 and not ASCII is UTF-8 whatever the label says; ISO-2022-JP
 * announces itself by its escapes; 8-bit text under no or a wrong label is tried as the Japanese
 * multi-byte charsets, then read as windows-1252, which has a character for every byte that matters.
 *
 * Ownership  the answer is the argument itself when nothing had to change, else in the arena.
 * Errors     none: what cannot be read becomes U+FFFD.
 */
#pragma once
#include "base/arena.h"

str charset_utf8(str bytes, str charset, struct arena *arena);
bool charset_is_utf8(str bytes); /* valid UTF-8 throughout (RFC 3629) */

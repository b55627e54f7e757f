/*
 * rarity - how much a text tells when it stands in a reply: "zen.spamhaus" much, "mail" next to nothing.
 *
 * A guess from the words that most replies are made of, in bits: a text of 5 bits is expected in one reply of 32.
 * It decides what is looked for first, never what is found.
 *
 * Ownership  none.
 * Units      quarters of a bit.
 */
#pragma once
#include "base/str.h"

/* What each byte of the text adds. */
void rarity_of_bytes(str text, unsigned char *quarters);

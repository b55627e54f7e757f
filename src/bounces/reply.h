/*
 * reply - a server's words as a notice carries them, made plain.
 *
 * Relays wrap replies at 70 columns, keep the code of each line of a multi-line reply
 * ("550-5.1.1 ... 550 5.1.1 ..."), and put types and wrappers around them ("smtp; ...").
 *
 * Ownership  texts live in the arena.
 * Limits     4 KiB are kept, cut at a character.
 */
#pragma once
#include "base/arena.h"
#include "model/esc.h"
#include "model/phase.h"

/* Unfolded, type and repeated codes gone, at most 4 KiB. */
str reply_clean(str raw, struct arena *arena);
/* The reply code that stands as a word in the text: 0 for none. */
int reply_code(str text);
/* The most telling enhanced status code of the text: class 0 for none; 4.x.x and 5.x.x only. */
struct esc reply_status(str text);
/* The better of a Status field and what the reply itself says: never a vague x.0.0 over a precise one. */
struct esc reply_better_status(struct esc field, struct esc own);
/* Which command was answered, when the text says so: "in reply to RCPT TO", "after end of data" ... */
enum phase reply_phase(str text);
/* Who said it: "host mx.example.org[192.0.2.1] said: ..." -> mx.example.org; "" when not named. */
str reply_host(str text);

/*
 * flat_json - the members of one JSON object, read in place: what journald and Docker wrap
 * around a log line. A million lines want no tree each; records of relays that speak JSON
 * themselves are read with base/json.h.
 *
 * Ownership  views into the text; flat_json_text() appends to a buf of the caller where it must.
 * Errors     false at the end and for what is no JSON alike.
 */
#pragma once
#include "base/buf.h"

/* Takes the "{" that opens an object. */
bool flat_json_open(str *in);
/* The next member: its key without quotes (escapes as they stand), its value as written. */
bool flat_json_member(str *in, str *key, str *value);
/*
 * The text of a value as written: a string without quotes and escapes, an array of byte
 * numbers as those bytes (journald's way for text that is no UTF-8), anything else as it is.
 */
str flat_json_text(str value, struct buf *to);

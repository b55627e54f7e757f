/*
 * dsn - delivery status notifications (RFC 3464, RFC 6533), read as relays really write them.
 *
 * Blanks before the colon, folded or unfolded continuation, blank lines inside and missing
 * between the groups, several groups, types as "rfc822;", "rfc822/;" or "utf-8;".
 */
#pragma once
#include "bounces/notice.h"

/* Reads every delivery-status part of the outermost mail; true when a recipient was found. */
bool dsn_read(struct notice *n);
/* Fields that stand in the words for people: broken boundaries, Amazon WorkMail, MIME as plain text. */
bool dsn_read_words(struct notice *n);
/* The same from text; answers whether at least one recipient was in it. */
bool dsn_read_text(struct notice *n, str text);

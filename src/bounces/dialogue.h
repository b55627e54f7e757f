/*
 * dialogue - which command a reply answered, from the session that a report shows (Sendmail, Courier: ">>>" and "<<<").
 *
 * Sendmail sends RCPT and DATA in one go and shows only the last command: a refusal below ">>> DATA" answers RCPT when
 * another answer follows it ("503 Need RCPT") or a line that names the refused address.
 *
 * There was none where Exim found no router for an address: its own words then, and for a domain that is not its own they
 * speak of the domain (its local parts fail with words of their own).
 *
 * Ownership  none.
 * Errors     PHASE_NONE where the text shows no session, or not this reply.
 */
#pragma once
#include "bounces/notice.h"

enum phase dialogue_phase(str text, const struct returned_item *item);
/* Marks the recipients whom the reporting host itself found no way to. */
void dialogue_none(struct notice *n);

/*
 * dialogue - which command a reply answered, from the session that a report shows (Sendmail, Courier: ">>>" and "<<<").
 *
 * Sendmail sends RCPT and DATA in one go and shows only the last command: a refusal below ">>> DATA" answers RCPT when
 * another answer follows it ("503 Need RCPT") or a line that names the refused address.
 *
 * Ownership  none.
 * Errors     PHASE_NONE where the text shows no session, or not this reply.
 */
#pragma once
#include "bounces/notice.h"

enum phase dialogue_phase(str text, const struct returned_item *item);

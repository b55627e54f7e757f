/*
 * conditions - what a rule asks besides its text: reply code, enhanced status, phase, provider.
 *
 * Replies have few different codes and providers, so which rules' conditions hold is worked out once for each of
 * them and kept as a bit set: a look at a reply then costs three of these, and no expression is run.
 *
 * Ownership  the conditions own what they keep; the rules are borrowed.
 * Limits     1,024 different codes, and as many providers, are kept; then they are worked out anew.
 *            Not for two threads at once.
 */
#pragma once
#include "classify/ruleset.h"

/* Does the expression match, does any? Compiled at first use; one that does not compile in pieces matches nothing. */
bool rule_text_matches(struct rule_text *text, str subject);
bool rule_texts_match(struct rule_text *texts, str subject);
/* Do all conditions but those on the text hold? */
bool rule_conditions_hold(const struct rule *rule, const struct subject *subject);

struct conditions;

/* units: the rule each bit belongs to, at least as long-lived. */
struct conditions *conditions_new(const struct rule *const *units, size_t count);
void conditions_free(struct conditions *conditions);
/* Takes away the bits of units whose conditions do not hold. */
void conditions_narrow(struct conditions *conditions, const struct subject *subject, uint64_t *units);

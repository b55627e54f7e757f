/*
 * registry - what codes alone say, for replies whose text no rule knows (rules/enhanced-status.tsv, reply-codes.tsv).
 *
 * Only codes that mean one thing in practice; a refusal at connect or after DATA never blames the recipient.
 *
 * Ownership  static.
 */
#pragma once
#include "classify/classify.h"
#include "classify/ruleset.h"

/* NULL: codes do not tell. *by: "registry:5.1.1" or "code:421", lives for ever. */
const struct category *registry_category(const struct subject *subject, str *by);

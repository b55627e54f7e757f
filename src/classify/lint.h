/*
 * lint - what can be wrong with rules that read well: found before mail finds it.
 *
 *   error    a "yes" that its rule does not win, or a "no" that it does; the same text claimed by two
 *            categories; a rule that an earlier one leaves nothing to; an expression that runs into its
 *            match limit on a subject made to hurt it
 *   warning  no evidence; no literal of three bytes (the rule is tried on every text); a literal that
 *            masking takes out of every text; a word boundary in front of a placeholder
 *
 * Ownership  views live as long as the classifier.
 * Limits     each expression is probed with a few subjects of 4 KiB.
 */
#pragma once
#include "classify/classify.h"
#include "classify/ruleset.h"

enum lint_grade { LINT_WARNING = 1, LINT_ERROR };

struct lint_finding {
    enum lint_grade grade;
    const struct rule *rule;
    size_t line;
    str text; /* what is wrong, without place and name */
};

typedef void lint_report(void *context, const struct lint_finding *finding);

/* Evidence, conflicts, reach, literals, hurting subjects; of the user's rules only, or of all. Answers the number of errors. */
size_t lint_rules(struct classifier *classifier, bool all, lint_report *report, void *context);
/* Evidence alone; *count: how many lines there were. */
size_t lint_evidence(struct classifier *classifier, bool all, lint_report *report, void *context, size_t *count);
/* The verdict on a line of evidence: with the first phase and provider that the rule asks for. */
void lint_classify(struct classifier *classifier, const struct rule *rule, str text, struct verdict *out);

/*
 * suggest - a rule for a text that no rule knows, from the known texts that are nearest to it.
 *
 * Known are the dictionary's signatures and the evidence of all rules. The rule proposed looks for the words of the
 * text in their order; it is tried on the whole dictionary, and where it would take a text of another category it is
 * narrowed, by the reply code and then by the provider.
 *
 * Ownership  borrows classifier and arena; all texts answered are in the arena or are the caller's.
 * Limits     a proposal is for a person to judge: near in words is not always near in meaning.
 */
#pragma once
#include "classify/classify.h"

struct suggest;

enum { SUGGEST_NEAR = 3, SUGGEST_CONFLICTS = 3 };

struct suggest_known {
    str masked, category, rule;
    double likeness; /* 0..1 */
};

struct suggestion {
    struct suggest_known near[SUGGEST_NEAR]; /* the nearest first; one a rule */
    size_t near_count;
    bool named;    /* the first is near enough to lend its category */
    str rule;      /* in the syntax of ruleset.h; "" when the text has no words to hold on to */
    bool evidence; /* its "yes" holds */
    size_t same, unknown,
        other; /* texts of the dictionary that it takes: of this category, not understood, of others */
    struct suggest_known conflicts[SUGGEST_CONFLICTS];
};

struct suggest *suggest_new(struct classifier *classifier, struct arena *arena);
void suggest_free(struct suggest *suggest);
/* A signature of the dictionary, understood or not. */
void suggest_add(struct suggest *suggest, const struct classify_signature *signature, str category, str rule);
/* sample: what was said, for the evidence; "" none. */
void suggest_rule(struct suggest *suggest, const struct classify_signature *signature, str sample,
                  struct suggestion *out);

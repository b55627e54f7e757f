/*
 * classify - why a failure happened and whose fault it is.
 *
 * text -> wrappers off, multi-line joined -> masked -> signature -> rules (memo per signature).
 * Rules see the masked text and the structured fields, nothing else: they run once per
 * signature and the memo is always right. Order: provider rules before general ones, text
 * before enhanced status, registry codes only where they can be trusted, then the reply code
 * by phase, then `unclassified`. 5xx at connect or after DATA never blames the recipient.
 *
 * Ownership  the classifier owns its rules, tables and memo. Of a verdict, `masked` lives until 65,536
 *            more signatures have been seen; category, rule, blocklist as long as the classifier
 *            (and its rules: until classifier_reload()); listed_item and blamed_ip are views into in->text.
 * Errors     classifier_new() fails with ERR_CONFIG and file:line; classify_text() cannot fail.
 * Limits     4 KiB of a text are looked at; PCRE2 match limit 100,000, depth 5,000, heap 16 MiB:
 *            a rule over its limit does not match and is counted. The memo holds two generations of
 *            65,536 signatures; the older one is dropped when the newer is full. Not for use by two
 *            threads at once.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "classify/providers.h"
#include "model/verdict.h"

struct classifier;

/* user_rules: a folder with *.rules that win over the shipped set; NULL for none. */
struct classifier *classifier_new(const char *user_rules, struct err *err);
void classifier_free(struct classifier *classifier);
/* Reads the rules again. On failure the old set stays, and err says why. */
bool classifier_reload(struct classifier *classifier, const char *user_rules, struct err *err);
const struct providers *classifier_providers(const struct classifier *classifier);

struct classify_input {
    str text;               /* the reply as logged, in whatever wrapper */
    int reply_code;         /* 0: taken from the text */
    struct esc enhanced_status; /* what the log or Status field says; class 0: from the text */
    enum phase phase;       /* PHASE_NONE: taken from the wrapper */
    str provider;           /* id; "" unknown */
    str recipient;          /* so that it can be masked wherever it stands; "" unknown */
    bool expired;           /* a recipient given up: the inner reply or refusal decides, timeout_expired without one */
};

void classify_text(struct classifier *classifier, const struct classify_input *in, struct verdict *out);

/* What is kept of a reply once it was judged. The rules see no more than this, so it can be judged again. */
struct classify_signature {
    str masked, provider;
    int reply_code;
    struct esc enhanced_status;
    enum phase phase;
};
/* As classify_text(); listed_item and blamed_ip stay empty. */
void classify_signature(struct classifier *classifier, const struct classify_signature *signature, struct verdict *out);
/* The same answer without the memo and without the prefilter: for tests and benchmarks. */
void classify_text_slowly(struct classifier *classifier, const struct classify_input *in, struct verdict *out);

/* Rules that ran into a match limit: calls back with each one's name, file:line and count. */
typedef void classify_limit_hit(void *context, str rule, str file, size_t line, uint64_t hits);
void classifier_limit_hits(const struct classifier *classifier, classify_limit_hit *call, void *context);
struct ruleset;
struct ruleset *classifier_rules(struct classifier *classifier); /* for rule tools */

/* Categories, for reports and the database (rules/categories.tsv). */
struct category {
    str id, fault, severity, title, advice;
    char class;
};
size_t classify_categories(const struct category **out);
const struct category *classify_category(str id); /* NULL unknown */

/* Blocklists (rules/blocklists.tsv). */
struct blocklist {
    str id, name, operator, type, status, delist; /* type: ip domain url internal ...; status: alive dead unsure */
    str zones;                                    /* for DNS look-ups, between commas; "" when it is not to be queried */
    int severity;
};
size_t classify_blocklists(const struct blocklist **out);

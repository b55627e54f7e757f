/*
 * ruleset - rules/NAME.rules: what a reply means, as conditions on its masked text and its codes.
 *
 *   order 40                      once a file: files are tried in this order (50 when not said)
 *   rule mailbox-full.quota       a name, unique in the set
 *       category  mailbox_full    an id of categories.tsv
 *       status    [45]\.2\.2      expression for the whole enhanced status; optional, as all conditions are
 *       code      552             expression for the whole reply code
 *       phase     rcpt body       one of these steps
 *       provider  yahoo           one of these providers, groups, or kinds (kind:mailbox)
 *       text      quota .*full    expression found in the folded masked text (fold.h, mask.h); several: any of them
 *       not       .*connection    expression that must not be found; several: none of them
 *       blocklist sorbs           the list it names, where the text alone does not say it
 *       severity  soft            where it differs from the category's
 *       advice    ...             one or two sentences for a postmaster, where it differs from the category's
 *       delist    ...             a page or an address
 *       yes       552 5.2.2 ...   evidence: this rule has to win this reply
 *       no        452 4.5.3 ...   evidence: it must not
 *
 * All conditions must hold. Rules of the user's folder come before the shipped ones; in each of the
 * two, rules with a provider come before those without, then by order of file and of line. The
 * first that holds wins. Letters and accents need no care: both sides are folded.
 *
 * Ownership  the set owns its rules; a struct rule lives as long as the set.
 * Errors     ERR_CONFIG with "FILE:LINE: reason"; a set that failed to read is freed by the caller.
 * Limits     256 rule files of 1 MiB, 20,000 rules; matching under the limits of base/pattern.h.
 *            Not for two threads at once.
 */
#pragma once
#include "base/err.h"
#include "base/pattern.h"
#include "model/esc.h"
#include "model/phase.h"

enum { RULES_MAX = 20000, RULE_FILES_MAX = 256, RULE_FILE_BYTES_MAX = 1024 * 1024 };

/* One expression; a text with alternatives at its outermost level is several, tried in turn. */
struct rule_text {
    str source;  /* as written */
    str folded;  /* what is compiled, at first use: a run needs few of them */
    unsigned flags; /* of pattern.h, the same for all pieces of an expression */
    size_t line;
    struct pattern *pattern;
    struct rule_text *next;
};

struct rule_evidence {
    str text;
    size_t line;
    bool yes;
    struct rule_evidence *next;
};

struct rule {
    str name, category, severity, blocklist, advice, delist;
    str file;
    size_t line, number; /* number: its place in the order of trial */
    bool user;
    uint16_t phases; /* bit set; 0: any */
    str providers;   /* as written, between blanks; "": any */
    struct rule_text *status, *code, *texts, *nots; /* NULL: any */
    struct rule_text *whole_texts, *whole_nots;     /* the same as written, in one piece */
    struct rule_evidence *evidence;
    size_t order; /* of its file */
};

/* What the rules see of a reply. */
struct subject {
    str text; /* masked and folded */
    int code;
    struct esc status;
    enum phase phase;
    str provider, group, kind; /* "" unknown */
};

struct ruleset;

struct ruleset *ruleset_new(void);
void ruleset_free(struct ruleset *set);
/* Reads one file's text; file is for messages. */
bool ruleset_read(struct ruleset *set, str file, str text, bool user, struct err *err);
bool ruleset_read_shipped(struct ruleset *set, struct err *err);
/* All *.rules of a folder, by name. A folder that does not exist has none. */
bool ruleset_read_folder(struct ruleset *set, const char *folder, struct err *err);
/* After the last file: puts the rules in order and builds the prefilter. Fails on a name given twice. */
bool ruleset_finish(struct ruleset *set, struct err *err);

/* The rule that wins, NULL for none. */
const struct rule *ruleset_match(struct ruleset *set, const struct subject *subject);
/* The same answer without any cleverness: each rule in turn, its expressions as written. For tests and benchmarks. */
const struct rule *ruleset_match_sequential(struct ruleset *set, const struct subject *subject);
/* Does this rule hold, whoever else does? */
bool rule_holds(const struct rule *rule, const struct subject *subject);

/* In order of trial. */
size_t ruleset_rules(const struct ruleset *set, const struct rule *const **out);
const struct rule *ruleset_named(const struct ruleset *set, str name);
size_t ruleset_always_tried(const struct ruleset *set);
/* How an expression is compiled: in bytes, or in characters where it speaks of others than ASCII ones. */
unsigned rule_text_flags(str expression);
/* How often expressions of this rule ran into a limit. */
uint64_t rule_limit_hits(const struct rule *rule);
/* Does the rule have a text that the prefilter can look for? */
bool rule_has_literal(const struct rule *rule);

/*
 * pattern - regular expressions, through PCRE2 with its JIT compiler (this is PCRE2's only door).
 *
 * Every match runs under fixed limits, so that no pattern and no subject can hold the program:
 * match limit 100,000, depth 5,000, heap 16 MiB, JIT stack 1 MiB (PCRE2's own defaults let one
 * match take 19 GiB). Over a limit is an answer of its own, neither yes nor no.
 *
 * Ownership  a pattern owns its compiled form and the memory of one match: not for two threads at once.
 * Errors     pattern_new() answers NULL and ERR_CONFIG "missing closing parenthesis at offset 31".
 * Limits     the caller bounds the subject (robustness: 4 KiB).
 */
#pragma once
#include "base/err.h"
#include "base/str.h"

struct pattern;

enum pattern_flags {
    PATTERN_CASELESS = 1,
    PATTERN_ANCHORED = 2, /* at the first byte of the subject */
    PATTERN_UTF = 4,      /* characters, not bytes; broken UTF-8 in the subject matches nothing and harms nothing */
};

enum pattern_answer { PATTERN_NO = 0, PATTERN_YES, PATTERN_LIMIT };

struct pattern *pattern_new(str source, unsigned flags, struct err *err);
void pattern_free(struct pattern *pattern);

enum pattern_answer pattern_match(struct pattern *pattern, str subject);
/* After PATTERN_YES: what group n (0 = all) took, a view into that subject; {NULL,0} when it took no part. */
str pattern_group(const struct pattern *pattern, unsigned n);
/* How often a match ran into a limit. */
uint64_t pattern_limit_hits(const struct pattern *pattern);

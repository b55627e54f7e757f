/*
 * literal - the texts of which one must stand in every subject a regular expression matches.
 *
 * "(mailbox|inbox) .{0,20}full" gives {"mailbox", "inbox"} and {"full"}: of each set one text must stand.
 * The two sets that tell most are what the prefilter looks for, before any expression is run.
 *
 * Ownership  the texts are copied into the struct.
 * Errors     count 0: no such texts (or none of LITERAL_MIN bytes).
 * Limits     at most LITERAL_SET texts of LITERAL_BYTES bytes (longer ones are cut: still necessary, less telling).
 */
#pragma once
#include "base/str.h"

enum { LITERAL_SET = 96, LITERAL_BYTES = 12, LITERAL_MIN = 2 };

struct literals {
    size_t count;
    struct literal {
        unsigned char n;
        char p[LITERAL_BYTES];
    } text[LITERAL_SET];
};

/* pattern: PCRE2 syntax, folded as fold_pattern() does. What is not understood counts as "anything". */
void literals_required(str pattern, struct literals out[2]);
/* Is a set telling enough to do without a second one? */
bool literals_are_rare(const struct literals *set);
/* Is it so common that asking for it costs more than it saves? */
bool literals_are_common(const struct literals *set);
/* The next alternative of the outermost level: "a(b|c)|d" gives "a(b|c)", then "d". */
bool literals_next_branch(str *in, str *branch);

/*
 * literal - the texts of which one must stand in every subject a regular expression matches.
 *
 * "(mailbox|inbox) .{0,20}full" gives {"mailbox", "inbox"} or {"full"}, whichever tells more. That
 * is what the prefilter looks for, all rules at once, before any expression is run.
 *
 * Ownership  the texts are copied into the struct.
 * Errors     count 0: no such texts (or none of LITERAL_MIN bytes); the rule is always tried.
 * Limits     at most LITERAL_SET texts of LITERAL_BYTES bytes (longer ones are cut: still necessary, less telling).
 */
#pragma once
#include "base/str.h"

enum { LITERAL_SET = 48, LITERAL_BYTES = 16, LITERAL_MIN = 3 };

struct literals {
    size_t count;
    struct literal {
        unsigned char n;
        char p[LITERAL_BYTES];
    } text[LITERAL_SET];
};

/* pattern: PCRE2 syntax, folded as fold_pattern() does. What is not understood counts as "anything". */
void literals_required(str pattern, struct literals *out);

/*
 * literal - the texts of which one must stand in every subject a regular expression matches.
 *
 * "(mailbox|inbox) .{0,20}full" gives {"mailbox", "inbox"} and {"full"}: of each set one text must stand.
 * The two sets that tell most (rarity.h) are what the prefilter looks for, before any expression is run.
 *
 * Ownership  the texts are copied into the struct.
 * Errors     count 0: no such texts (or none of LITERAL_MIN bytes).
 * Limits     at most LITERAL_SET texts of LITERAL_BYTES bytes (of longer ones the piece that tells most).
 */
#pragma once
#include "base/str.h"

enum { LITERAL_SET = 96, LITERAL_BYTES = 20, LITERAL_MIN = 2 };

struct literals {
    size_t count;
    struct literal {
        unsigned char n;
        char p[LITERAL_BYTES];
        uint32_t share; /* of 2^24 replies so many have it, at a guess */
        uint64_t bytes; /* which it is made of: bit set of their low six bits */
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

/* "\b(a|b)$": alternatives with nothing but assertions around them. */
struct literals_frame {
    str head, body, tail; /* "\b", "a|b", "$" */
};
bool literals_framed(str branch, struct literals_frame *out);

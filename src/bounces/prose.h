/*
 * prose - failed recipients in words for people: where addresses stand tells what they are.
 *
 * Three shapes, the first found wins: a line that begins with an address, the reply behind or
 * below it; an address behind a label ("Failed recipient:") or in a dialogue (">>> RCPT TO:");
 * an address inside a sentence about a failure. Names alone are looked up in the returned headers.
 *
 * Ownership  items go into the notice.
 * Limits     512 candidates a notice.
 */
#pragma once
#include "bounces/notice.h"

struct prose_hints {
    const char *start; /* recipients stand behind the first of these phrases ('|' between them) */
    const char *stop;  /* and in front of this one */
};

/* True when at least one recipient was found. */
bool prose_read(struct notice *n, const struct prose_hints *hints);
/* No address in the text: X-Failed-Recipients, else the only recipient of the returned headers. */
bool prose_rebuild(struct notice *n);
/* The first line of the notice that begins with a reply code, with its paragraph; "" none. */
str prose_reply(const struct notice *n);
/* Failure or delay warning? */
enum returned_kind prose_kind(const struct notice *n);

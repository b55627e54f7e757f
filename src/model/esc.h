/*
 * esc - enhanced status codes, "class.subject.detail" (RFC 3463; registry RFC 5248).
 *
 * Ownership  none: struct esc is a value; class 0 means "no code".
 * Errors     esc_take() answers false and moves nothing: a reply without a code
 *            is normal mail traffic, so there is no error object to fill.
 * Limits     subject and detail 0..999; anything longer is not a code.
 */
#pragma once
#include "base/str.h"

struct esc {
    uint16_t class; /* 2 success, 4 persistent transient failure, 5 permanent failure */
    uint16_t subject;
    uint16_t detail;
};

/* Takes a code and the blanks after it off the front of *in. */
bool esc_take(str *in, struct esc *out);
/* The first code that stands as a word anywhere in text. */
bool esc_find(str text, struct esc *out);
static inline bool esc_eq(struct esc a, struct esc b)
{
    return a.class == b.class && a.subject == b.subject && a.detail == b.detail;
}

enum { ESC_TEXT = 16 };
/* "5.1.1", or "" for no code. Answers out. */
const char *esc_text(struct esc code, char out[ESC_TEXT]);

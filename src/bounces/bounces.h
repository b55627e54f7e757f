/*
 * bounces - returned mails into facts: bounces, delay warnings, complaints, auto-replies.
 *
 * The outermost structure decides what a mail is; delivery-status fields first (RFC 3464),
 * then one table row per mail family for prose (bounces/families.h), never a look into the
 * returned message for failures: only for its Message-ID, recipient and tokens.
 *
 * Ownership  the answer lives in `arena`.
 * Errors     false with ERR_INPUT when a bound is passed (the text names limit and number):
 *            the mail belongs into quarantine. A mail that is no report is no error.
 * Limits     MIME depth 64, parts 2000, header lines a part 2000, one header 128 KiB, all
 *            headers 1 MiB, recipients 10,000, diagnostic 4 KiB.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "model/returned.h"

void bounces_start(void); /* once a process: GMime */
void bounces_stop(void);
bool bounces_read(str mail, struct arena *arena, struct returned *out, struct err *err);

/* The table of families, for `rebound formats`. */
struct family_info {
    const char *name;
    const char *title;
};
size_t bounces_families(const struct family_info **out);

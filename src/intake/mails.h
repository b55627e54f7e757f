/*
 * mails - an input as mails: one .eml, a Maildir file, or an mbox.
 *
 * mbox: a line "From " with a sender and a date, at the start or behind an empty
 * line (RFC 4155, mboxo and mboxrd both; ">From " is given back as "From ").
 * LF, CRLF, bare CR and mixed line ends are all read.
 *
 * Ownership  the view lives until the next mails_next().
 * Limits     32 MiB a mail; beyond it the mail is told as oversized, its rest skipped.
 */
#pragma once
#include "base/err.h"
#include "intake/input.h"

struct mail {
    str bytes;
    uint64_t offset; /* of its first byte in the input */
    bool oversized;
};

struct mails;

/* How an input looks: a log, one mail, an mbox, or nothing we know (binary). */
enum content { CONTENT_UNKNOWN = 0, CONTENT_EMPTY, CONTENT_LINES, CONTENT_MAIL, CONTENT_MBOX };
enum content content_of(str head, bool maildir);

struct mails *mails_new(void);
void mails_free(struct mails *mails);
void mails_start(struct mails *mails, struct input *in, enum content content);
/* 1 a mail, 0 the end, -1 with err. */
int mails_next(struct mails *mails, struct mail *out, struct err *err);

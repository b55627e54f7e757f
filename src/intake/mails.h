/*
 * mails - an input as mails: one .eml, a Maildir file, or an mbox.
 *
 * mbox: a line "From " with a sender and a date and a header line behind it, at the start or behind an
 * empty line (RFC 4155, mboxo and mboxrd both; ">From " is given back as "From ", ">>From " as ">From ").
 * LF, CRLF, bare CR and mixed line ends are all read. The empty line before the next "From " belongs to the
 * mbox, so a mail has the same bytes here and as a file. A single mail may begin with empty lines or
 * a lone "From " line too: they are left out.
 *
 * Identity   given one, it gets each byte once, up to `end` of the last mail handed out.
 * Ownership  the view lives until the next mails_next() or mails_start(). Input and identity are borrowed.
 * Errors     -1 with the input's err, after all whole mails before it and the one it broke off in (`cut`).
 * Limits     32 MiB a mail; beyond it the mail is told as oversized, its rest skipped.
 */
#pragma once
#include "base/err.h"
#include "intake/identity.h"
#include "intake/input.h"

enum { MAIL_MAX_BYTES = 32 * 1024 * 1024 };

struct mail {
    str bytes;
    uint64_t offset; /* of its first byte in the input */
    uint64_t end;    /* where the next one, or its "From " line, begins */
    bool oversized;
    bool cut; /* the input broke off inside it: -1 comes next */
};

struct mails;

/* How an input looks: a log, one mail, an mbox, or nothing we know (binary). */
enum content { CONTENT_UNKNOWN = 0, CONTENT_EMPTY, CONTENT_LINES, CONTENT_MAIL, CONTENT_MBOX };
/* head: its first bytes, as many as input_peek() gives. */
enum content content_of(str head, bool maildir);

struct mails *mails_new(void);
void mails_free(struct mails *mails);
/* Starts at the input's current offset; identity may be NULL, else it stands at that offset. */
void mails_start(struct mails *mails, struct input *in, enum content content, struct identity *identity);
/* 1 a mail, 0 the end, -1 with err. */
int mails_next(struct mails *mails, struct mail *out, struct err *err);
/* Another limit than MAIL_MAX_BYTES. */
void mails_limit(struct mails *mails, size_t bytes);

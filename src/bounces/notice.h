/*
 * notice - one mail as the readers of this folder see it, and the items they find in it.
 *
 * Ownership  views into the mail or the arena; items grow in the arena.
 * Limits     RETURNED_MAX items, more set `truncated`; a diagnostic has at most 4 KiB; of the
 *            words for people the first 64 KiB are looked at.
 */
#pragma once
#include "bounces/mime.h"
#include "bounces/words.h"
#include "model/returned.h"

enum { NOTICE_DIAGNOSTIC = 4096, NOTICE_TEXT = 64 * 1024 };

struct notice {
    struct arena *arena;
    struct mime *mime;
    str mail;   /* line ends LF, no "From " line */
    str header; /* the mail's own header block */
    /* Its fields, unfolded; subject, from and to with RFC 2047 words decoded. */
    str from, to, subject, date, return_path, delivered_to;
    str auto_submitted, precedence, list_id, authserv, received, failed_recipients, original_to;
    str autoreply, autorespond, suppress, inbox_rules, vacation;
    str text;                  /* what a person would read, without the returned message */
    str lower;                 /* the same in lower case, same length */
    bool html_unread;          /* there may be HTML beside it, see notice_read_second() */
    str flat;                  /* lower with its lines joined, for phrases */
    struct words_filter words; /* of lower, so of flat as well */
    str lower_subject, lower_from;
    str origin;        /* header block of the returned message, "" without */
    bool reports;      /* a mail system wrote it, about a delivery (gate.c) */
    bool replies_only; /* a recipient without words of its own does not get the whole notice */
    struct returned_item *items;
    size_t count, room;
    bool truncated;
    const char *decoded_by;
    str envelope_id, queue_id, reporting_mta, sender_hint;
    int64_t arrival_us;
};

/* Everything "" or nothing. */
void notice_clear(struct notice *n, struct arena *arena);
/* A new item, cleared, of that kind; NULL when there are too many. */
struct returned_item *notice_add(struct notice *n, enum returned_kind kind);
/* The item of that recipient if there is one already. */
struct returned_item *notice_find(struct notice *n, str recipient);
/* A failed (or delayed) recipient with the reply that goes with it; one item a recipient. */
struct returned_item *notice_fail(struct notice *n, enum returned_kind kind, str recipient, str reply);
/* Does one of the phrases stand in what people read? (words.h) */
bool notice_says(const struct notice *n, const char *list);
/* Fills text, lower and origin from the parts that people read. */
void notice_read_text(struct notice *n);
/* The HTML beside the text, once: a gateway's disclaimer may be all that the text says. False when there is none. */
bool notice_read_second(struct notice *n);

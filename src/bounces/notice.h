/*
 * notice - one mail as the readers of this folder see it, and the items they find in it.
 *
 * Ownership  views into the mail or the arena; items grow in the arena.
 * Limits     RETURNED_MAX items, more set `truncated`; a diagnostic has at most 4 KiB.
 */
#pragma once
#include "bounces/mime.h"
#include "model/returned.h"

enum { NOTICE_DIAGNOSTIC = 4096 };

struct notice {
    struct arena *arena;
    struct mime *mime;
    str mail;   /* line ends LF, no "From " line */
    str header; /* the mail's own header block */
    /* Its fields, unfolded; subject, from and to with RFC 2047 words decoded. */
    str from, to, subject, date, return_path, delivered_to, sender;
    str auto_submitted, precedence, in_reply_to, references, list_id, x_mailer, content_type, message_id;
    str failed_recipients, authserv, received, x_loop, x_autoreply, x_autorespond, suppress, x_failure;
    str text;   /* what a person would read, without the returned message */
    str origin; /* header block of the returned message, "" without */
    struct returned_item *items;
    size_t count, room;
    bool truncated;
    const char *decoded_by;
    str envelope_id, queue_id, reporting_mta, sender_hint;
    int64_t arrival_us;
};

/* A new item, cleared, of that kind; NULL when there are too many. */
struct returned_item *notice_add(struct notice *n, enum returned_kind kind);
/* The item of that recipient if there is one already. */
struct returned_item *notice_find(struct notice *n, str recipient);
/* The mail came from a mail system: MAILER-DAEMON, postmaster, null sender ... */
bool notice_from_daemon(const struct notice *n);

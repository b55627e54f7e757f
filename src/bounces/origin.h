/*
 * origin - the headers of the returned message: which mail of ours a notice speaks of.
 *
 * They stand in a message/rfc822 or text/rfc822-headers part, or as text behind the notice.
 * Nothing in the returned message is ever read as a failure.
 *
 * Ownership  views into the arena.
 */
#pragma once
#include "bounces/notice.h"

/* Fills n->origin from the parts behind the report, if it is not there yet. */
void origin_from_parts(struct notice *n);
/* Cuts n->text (and n->lower) where a copied message begins, and keeps its headers as n->origin. */
void origin_from_text(struct notice *n);

/* Does a message's header block begin here? Also one that is quoted with '>'. */
bool origin_begins(str text);

struct origin {
    str return_path, from, to, delivered_to, complained, envelope_to, message_id, subject, received, queue_id;
};
void origin_read(const struct notice *n, struct origin *out);
/* Sender, Message-ID and queue id into the answer. */
void origin_describe(const struct notice *n, struct returned *out);

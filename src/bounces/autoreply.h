/*
 * autoreply - answers that machines give for people (RFC 3834): vacation, left the company, ticket
 * received, challenge-response, and mails that ask to be unsubscribed.
 *
 * Auto-Submitted alone proves nothing: Postfix, Exchange and Dovecot bounces carry it too. A mail
 * from a mail system is no auto-reply unless its subject says so.
 */
#pragma once
#include "bounces/notice.h"

/* From one of the known challenge-response services? */
bool autoreply_challenge_sender(const struct notice *n);
/* Challenge-response systems: known by their headers, even where they dress up as a report. */
bool autoreply_challenge(struct notice *n);
/* Vacation and the like; left_for is the new address when one is named. */
bool autoreply_read(struct notice *n);
/* "unsubscribe" mailed to the list-unsubscribe address: kind other, category unsubscribe. */
bool autoreply_unsubscribe(struct notice *n);

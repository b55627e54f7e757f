/*
 * arf - complaints: feedback reports (RFC 5965, RFC 6591) and those that are none (Hotmail JMRP).
 *
 * A complaint never names its recipient for sure: reporters blacken addresses. What is said is
 * kept; the recipient is Original-Rcpt-To, else the To of the mail complained of when there is
 * exactly one address in it.
 */
#pragma once
#include "bounces/notice.h"

bool arf_read(struct notice *n);
/* The fields of a feedback report in the words for people: MIME that a gateway took apart. */
bool arf_read_words(struct notice *n);

/*
 * sendmail - the transcript that Sendmail and its children put into their notices.
 *
 *   >>> RCPT To:<jdoe@example.org>
 *   <<< 550 5.1.1 <jdoe@example.org>... User unknown
 *   550 5.1.1 <jdoe@example.org>... User unknown
 *
 * Recipients stand in a list of their own ("addresses had permanent fatal errors"); sendmail 5 has
 * the transcript only.
 */
#pragma once
#include "bounces/notice.h"

bool sendmail_read(struct notice *n);

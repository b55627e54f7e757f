/*
 * replies - what the texts of relays have in common: hosts, delays, phases, the next hop's id.
 *
 * Ownership  views into the argument.
 * Errors     "not there" is an empty view, -1 or PHASE_NONE: texts of others promise nothing.
 */
#pragma once
#include "model/log_event.h"

/* "name[ip]:port", "name[ip]", "name"; an IP that is a path ("[private/lmtp]") is dropped. Moves behind it. */
bool host_take(str *in, str *name, str *ip, uint16_t *port);
/* Seconds with a fraction, "0.43", as milliseconds; -1 for anything else. */
int32_t delay_of_seconds(str text);
/* Behind "[D+]HH:MM:SS" (sendmail). */
int32_t delay_of_clock(str text);
/* "1h2m3s", "3s", "450ms", "1d2h" (Exim, OpenSMTPD). */
int32_t delay_of_units(str text);
/* The receiver's name for a message it took: "... queued as ID", "OK id=ID", "ID Message accepted for delivery". */
str reply_queue_id(str reply);
/* The code a reply begins with, 0 for none. */
int logged_code(str reply);

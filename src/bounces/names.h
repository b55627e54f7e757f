/*
 * names - notices that name accounts, not addresses: AOL screen names, GroupWise, local users.
 *
 *   The message that you sent was undeliverable to the following:
 *       jdoe (user not found)
 *
 * The address is rebuilt: from the returned headers when the name stands there or only one
 * recipient does, else with the domain of the system that speaks.
 */
#pragma once
#include "bounces/prose.h"

/* hints->start has to be in the text. */
bool names_read(struct notice *n, const struct prose_hints *hints);

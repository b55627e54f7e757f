/*
 * blocklists - which list a reply names (rules/blocklists.tsv): by a host of the list's operator, or by a phrase.
 *
 * Rows are in order of precedence: a part of a family before the family, so that "Spamhaus XBL" is
 * not taken for ZEN. classify.h has the table itself.
 *
 * Ownership  the table is static; a struct blocklist lives for ever.
 */
#pragma once
#include "classify/classify.h"

/* By a host that stands in a reply; NULL unknown. *ending: the known part of it. */
const struct blocklist *blocklist_of_host(str host, str *ending);
/* By all that a masked, folded text says; NULL when it names none. */
const struct blocklist *blocklist_named(str folded);
const struct blocklist *blocklist_by_id(str id);

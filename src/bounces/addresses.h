/*
 * addresses - mail addresses as they stand in prose, fields and headers.
 *
 * Ownership  what *_next answers is a view into the text; what *_clean answers lives in the arena.
 * Limits     local part 64 bytes (128 with a token), domain 255; longer runs are no address.
 */
#pragma once
#include "base/arena.h"

/* The next address in the text; *in then begins behind it. Quoted local parts and UTF-8 are read. */
bool addresses_next(str *in, str *address);
/* The address of a report's field: type, <>, comments off; xtext and RFC 6533 escapes decoded; "" none. */
str addresses_clean(str value, struct arena *arena);
/* What stands for a person in a field without "@": "rfc822; jdoe" -> "jdoe"; "" when it cannot be one. */
str addresses_name(str value);
/* The only address in the text, "" when there are none or several different ones. */
str addresses_only(str text, struct arena *arena);
/* The address of the text whose local part is that name, or that the display name belongs to; "" none. */
str addresses_named(str text, str name, struct arena *arena);
/* MAILER-DAEMON, postmaster and such: never a failed recipient's own. */
bool addresses_is_daemon(str address);

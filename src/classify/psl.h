/*
 * psl - the Public Suffix List, through libpsl (its only door): which endings are registries, and who owns a name.
 *
 * Ownership  views into the argument.
 * Limits     names of at most 255 bytes; case is folded; longer names and addresses in digits have no organisation.
 */
#pragma once
#include "base/str.h"

/* "mail.shop.example.co.uk" -> "example.co.uk"; the name itself when it is a registry or unknown. */
str psl_organisation(str name);
/* A top-level domain that exists, or one that RFC 2606 and 6762 keep for examples and private networks. */
bool psl_is_tld(str label);

/*
 * redact - hides who is who in a report that is shown around: addresses, domains, IP addresses.
 *
 * Each becomes a name with a number (address-1, domain-2, ip-3), the same one every time, so that
 * rows can still be told apart. Words that hold no dot or @ (providers, categories) stay.
 *
 * Ownership  answers live as long as the redactor.
 */
#pragma once
#include "base/str.h"

struct redactor;

struct redactor *redactor_new(void);
void redactor_free(struct redactor *redactor); /* NULL is fine */
str redact(struct redactor *redactor, str text);

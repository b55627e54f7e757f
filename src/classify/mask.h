/*
 * mask - a reply without what changes from message to message, so that one meaning is one text.
 *
 *   the recipient <recipient> · other addresses <address> · IPs <ip> · host and domain names <host>
 *   (<dnsbl> where the name is that of a list nobody knows) · ids <id> · numbers <n>
 *
 * Kept, since rules and people need them: enhanced status codes, codes of providers (S3140, [TSS04],
 * OFR_417, AUP#1220), addresses at blocklist operators, three-digit reply codes, RFC numbers, 127.x answers of blocklists, hosts of
 * URLs, and of known blocklists' and providers' hosts the known ending (a key in front is dropped).
 * The rules see the result and nothing else: what is masked here cannot decide anything.
 *
 * Ownership  the masked text goes to a buf of the caller; the fields lifted out are views into text.
 * Limits     time is linear in the text; the caller bounds it (4 KiB).
 * Version    MASK_VERSION changes with every change of what is masked: signatures change with it.
 */
#pragma once
#include "base/buf.h"

enum { MASK_VERSION = 1 };

struct masked {
    str ip;         /* the first IP that is no loopback answer */
    str domain;     /* the first domain of nobody we know: a host's, or a foreign address's */
    str url_domain; /* host of the first URL that is of nobody we know */
};

void mask_text(str text, str recipient, struct buf *to, struct masked *lifted);
/* Only the recipient, in all the forms replies write it: for samples that are kept. */
void mask_recipient(str text, str recipient, struct buf *to);

/*
 * socketmap - Postfix asks whether a recipient is on the list (socketmap_table(5)).
 *
 *   smtpd_recipient_restrictions = ... check_recipient_access socketmap:unix:DIR/socketmap:suppression
 *
 * Request "suppression KEY" and answer are netstrings. "OK REJECT 5.1.1 rebound-suppressed/CATEGORY" when the address, or
 * its whole domain, is listed; "NOTFOUND " when it is not, and also while there is no list at all: mail is not held up by
 * a service that has not learned anything yet. The key's case is folded.
 *
 * Ownership  borrows loop and the pointer to the list, which its owner may exchange between two calls of the loop.
 * Errors     "PERM ..." for another map or a key that is none; what is no netstring ends the connection.
 * Limits     request 4 KiB, its length at most 5 digits without leading zeros; 1024 connections; 15 s for a request that
 *            was begun. The socket is open to all local users: its folder's rights decide.
 */
#pragma once
#include "base/buf.h"
#include "serve/lookup.h"
#include "serve/loop.h"

enum { SOCKETMAP_MAX_BYTES = 4096, SOCKETMAP_CONNECTIONS = 1024 };

enum netstring { NETSTRING_MORE, NETSTRING_WHOLE, NETSTRING_BAD };
/* Takes "3:abc," off the front of *in; MORE: so far it is the start of one. Nothing moves but for WHOLE. */
enum netstring netstring_take(str *in, str *content);

struct socketmap_counts {
    uint64_t listed, not_listed, no_list, refused;
};
/* The answer to one request, as a netstring. lookup NULL: there is no list. */
void socketmap_answer(const struct lookup *lookup, str request, struct buf *to, struct socketmap_counts *counts);

struct socketmap;
struct socketmap *socketmap_new(struct loop *loop, const char *path, const struct lookup *const *lookup, struct err *err);
void socketmap_free(struct socketmap *map); /* also removes the socket */
struct socketmap_counts socketmap_counts(const struct socketmap *map);

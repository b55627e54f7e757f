/*
 * mime - the door to GMime: a mail as a flat list of its outermost parts.
 *
 * prescan.h finds the parts, within bounds and never inside a returned message; GMime says what
 * stands in them: media types and parameters (RFC 2045, RFC 2231), transfer encodings, encoded
 * words (RFC 2047). All text comes out as UTF-8 with LF line ends.
 *
 * Ownership  everything lives in the arena or is a view into the mail, which must outlive it.
 * Errors     mime_open() fails with ERR_INPUT when a bound of prescan.h is passed.
 * Limits     those of prescan.h; of a part no more is decoded than the caller asks for.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

enum { MIME_FIELDS = 8 * 1024 * 1024 }; /* of a report's fields: 10,000 recipients are less */

struct mime;

struct mime_part {
    str type;      /* "text/plain", lower case */
    str name;      /* file name, "" without */
    size_t depth;  /* 0: the mail itself is this part */
    bool attached; /* Content-Disposition: attachment */
    bool message;  /* holds another mail (message/rfc822, message/global) */
};

void mime_start(void);
void mime_stop(void);

struct mime *mime_open(str mail, struct arena *arena, struct err *err);
size_t mime_parts(const struct mime *mime, const struct mime_part **out);
str mime_root_type(const struct mime *mime); /* Content-Type of the whole mail, lower case, with parameters */
/* Transfer encoding off, charset as it is; a view into the mail where nothing had to be decoded. */
str mime_bytes(struct mime *mime, size_t part, size_t limit);
str mime_text(struct mime *mime, size_t part, size_t limit); /* in UTF-8 */
str mime_returned(const struct mime *mime); /* header block of the first message inside a part, "" without */

/* RFC 2047 words into UTF-8; raw 8-bit text as mime_utf8() does. */
str mime_words(str header, struct arena *arena);
/* Bytes of that charset ("" unknown) as valid UTF-8: never fails, unreadable bytes become U+FFFD. */
str mime_utf8(str bytes, str charset, struct arena *arena);

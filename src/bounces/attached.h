/*
 * attached - the TLS reports that a mail brings (RFC 8460 5.3): their usual way.
 *
 * Told by the media types application/tlsrpt+json and application/tlsrpt+gzip, or, in a multipart/report of type
 * tlsrpt, by file name or a plain JSON or gzip type.
 *
 * Ownership  views into the mail or the arena: transfer encoding off, still packed where they were.
 * Limits     those of bounces.h; 4 MiB a report as it came.
 */
#pragma once
#include "base/arena.h"

/* How many were put into `out`; 0 for other mails, and without looking closer at nearly all of them. */
size_t attached_tls_reports(str mail, struct arena *arena, str *out, size_t room);

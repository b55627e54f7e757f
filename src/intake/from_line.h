/*
 * from_line - the line that opens a mail in an mbox: "From SENDER DATE" (RFC 4155, appendix A).
 *
 * People begin sentences with "From " too, so a line counts only with a date in it as asctime() writes one
 * ("Tue Mar  3 09:05:01 2026", seconds and a zone may be missing or there, the weekday too) and, inside an mbox, with
 * a header line behind it. Senders are taken as they come: empty, "-", quoted, with blanks.
 *
 * Line ends are LF, CRLF or CR.
 */
#pragma once
#include "base/str.h"

/* How many bytes behind the start of a line are needed to decide for sure. */
enum { FROM_LINE_LOOK = 2048 };

/* Without a byte order mark and the lines of nothing but blanks at the front. */
str from_line_skip_empty(str s);
/* Where the line at the front of s ends, its line end included; s.n when it has none. */
size_t from_line_end(str s);
/* Is the first line of s one that opens a mail? `strict`: inside an mbox. */
bool from_line_opens(str s, bool strict);
/* "Name: value" with a name as RFC 5322 2.2 allows, and as mail has. */
bool from_line_is_header(str s);

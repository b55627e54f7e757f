/*
 * prescan - the bounds of a mail, checked before GMime sees a byte of it.
 *
 * GMime has no limit on parts, header lines or header sizes, and time and memory grow with
 * all of them. One pass over the lines follows the boundaries that the headers declare and
 * counts. A boundary written in a form this pass does not read (RFC 2231 pieces, comments,
 * quoted pairs) makes every line that begins with "--" count as a part.
 *
 * Ownership  none: reads the mail, keeps nothing.
 * Errors     false with ERR_INPUT, naming the limit and its number.
 * Limits     MIME depth 64, parts 2000, header lines a part 2000, one header 128 KiB, all
 *            headers 1 MiB; work is linear in the mail (at most 64 comparisons a "--" line).
 */
#pragma once
#include "base/err.h"
#include "base/str.h"

enum {
    PRESCAN_DEPTH = 64,
    PRESCAN_PARTS = 2000,
    PRESCAN_HEADER_LINES = 2000,
    PRESCAN_HEADER_BYTES = 128 * 1024,
    PRESCAN_ALL_HEADERS = 1024 * 1024,
};

/* mail: line ends are LF. */
bool prescan(str mail, struct err *err);

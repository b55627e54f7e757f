/*
 * prescan - the bounds of a mail, checked before GMime sees a byte of it, and what GMime gets to see.
 *
 * GMime has no limit on parts, header lines or header sizes, and time and memory grow with
 * all of them. One pass over the lines follows the boundaries that the headers declare and
 * counts. A boundary written in a form this pass does not read (RFC 2231 pieces, comments,
 * quoted pairs) makes every line that begins with "--" count as a part.
 *
 * What a report needs is kept for GMime: the Content-* headers of the mail and its parts, and
 * bodies. Other headers of the mail are read by fields.h; of a returned message only the header
 * block is kept, apart, and its body is skipped whatever it holds.
 *
 * Ownership  `kept` is in the arena, `returned` is a view into the mail.
 * Errors     false with ERR_INPUT, naming the limit and its number.
 * Limits     MIME depth 64, parts 2000, header lines a part 2000, one header 128 KiB, all
 *            headers 1 MiB; 12 MiB of bodies are kept; work is linear in the mail (at most 64
 *            comparisons a "--" line).
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

enum {
    PRESCAN_DEPTH = 64,
    PRESCAN_PARTS = 2000,
    PRESCAN_HEADER_LINES = 2000,
    PRESCAN_HEADER_BYTES = 128 * 1024,
    PRESCAN_ALL_HEADERS = 1024 * 1024,
    PRESCAN_KEPT = 12 * 1024 * 1024,
};

struct prescan {
    str kept;     /* a mail for GMime */
    str returned; /* header block of the first message inside a part; "" without one */
};

/* mail: line ends are LF. */
bool prescan(str mail, struct arena *arena, struct prescan *out, struct err *err);

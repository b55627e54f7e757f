/*
 * prescan - the outermost structure of a mail, within bounds: where its parts begin and end.
 *
 * GMime's own parser has no limit on parts, header lines or header sizes, keeps an object for each,
 * and reads the returned message as well, which a bounce reader has no use for. So the lines are
 * walked here, once, and GMime is asked for what stands in them: the meaning of Content-Type,
 * transfer encodings, charsets, encoded words (mime.c).
 *
 * Leaves are listed in order. Of a message inside a part only the header block of the first one is
 * noted; its body is not looked at, whatever it holds.
 *
 * Ownership  the list is in the arena; texts are views into the mail.
 * Errors     false with ERR_INPUT, naming the limit and its number.
 * Limits     MIME depth 64, parts 2000, header lines a part 2000, one header 128 KiB, all headers
 *            1 MiB; work is linear in the mail (at most 64 comparisons a "--" line).
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
};

struct prescan_part {
    str header, body; /* header: the block of the part, for depth 0 that of the mail */
    size_t depth;
    bool message; /* holds another mail */
    bool bare;    /* a multipart in which no boundary stands: its body is text */
};

struct prescan {
    struct prescan_part *parts;
    size_t count;
    str header;   /* of the mail */
    str returned; /* header block of the first message inside a part; "" without one */
};

/* Reads the boundary out of a Content-Type that is written in an unusual way; "" when there is none. */
typedef str prescan_boundary(str content_type, struct arena *arena);

/* mail: line ends are LF. */
bool prescan(str mail, prescan_boundary *unusual, struct arena *arena, struct prescan *out, struct err *err);

#include "intake/lines.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"

/* Room for the kept part of a line in front of each block; one more byte, so that a line of just the
 * limit with its CR is still whole. */
enum { BLOCK_BYTES = 256 * 1024, KEPT = LINE_MAX_BYTES + 1, ALIGN = 64 };

struct lines {
    struct input *in;
    struct identity *identity;
    struct identity *ahead; /* runs ahead inside an oversized line */
    char *memory;
    char *block;   /* where reads go */
    char *from;    /* first byte not handed out */
    char *scanned; /* no LF before this */
    char *end;
    char *counted;    /* the identity has all before this */
    uint64_t offset;  /* of *from in the input */
    uint64_t dropped; /* bytes of an oversized line missing between its KEPT bytes and the block */
};

struct lines *lines_new(void)
{
    struct lines *l = mem_zero(1, sizeof *l);

    l->memory = mem_alloc(KEPT + ALIGN + BLOCK_BYTES);
    l->block = l->memory + KEPT;
    l->block += ALIGN - (uintptr_t)l->block % ALIGN;
    return l;
}

void lines_free(struct lines *lines)
{
    if (!lines)
        return;
    identity_free(lines->ahead);
    free(lines->memory);
    free(lines);
}

void lines_start(struct lines *lines, struct input *in, struct identity *identity)
{
    assert(!identity || identity_length(identity) == input_offset(in));
    lines->in = in;
    lines->identity = identity;
    lines->from = lines->scanned = lines->end = lines->counted = lines->block;
    lines->offset = input_offset(in);
    lines->dropped = 0;
}

static void run_ahead(struct lines *l, const char *p, size_t n)
{
    if (l->identity)
        identity_add(l->ahead, (str){p, n});
}

/* A line has outgrown its room: from here on its first KEPT bytes stand before the block, the rest is dropped. */
static void begin_oversized(struct lines *l)
{
    const size_t n = (size_t)(l->end - l->from);

    if (l->identity) {
        if (!l->ahead)
            l->ahead = identity_new();
        identity_copy(l->ahead, l->identity);
        run_ahead(l, l->from, n);
    }
    memmove(l->block - KEPT, l->from, KEPT);
    l->from = l->block - KEPT;
    l->dropped = n - KEPT;
}

/* Makes the block free for more: what is left of the last line moves in front of it. */
static void make_room(struct lines *l)
{
    const size_t left = (size_t)(l->end - l->from);

    if (l->dropped) {
        run_ahead(l, l->block, (size_t)(l->end - l->block));
        l->dropped += (size_t)(l->end - l->block);
    } else if (left > KEPT) {
        begin_oversized(l);
    } else {
        memmove(l->block - left, l->from, left);
        l->from = l->block - left;
    }
    l->scanned = l->end = l->counted = l->block;
    if (!l->dropped)
        l->counted = l->from;
}

static ssize_t read_block(struct lines *l, struct err *err)
{
    /* a short read (a pipe, a growing file) leaves room in the block: go on behind it */
    if (l->end == l->from)
        l->from = l->scanned = l->end = l->counted = l->block;
    if ((size_t)(l->block + BLOCK_BYTES - l->end) < BLOCK_BYTES / 4)
        make_room(l);
    const ssize_t n = input_read(l->in, l->end, (size_t)(l->block + BLOCK_BYTES - l->end), err);
    if (n > 0)
        l->end += n;
    return n;
}

static void keep_line(struct line *out, const char *from, size_t n, bool ended)
{
    size_t text = n - (ended ? 1 : 0);

    if (ended && text > 0 && from[text - 1] == '\r')
        text--;
    out->length = n;
    out->oversized = text > LINE_MAX_BYTES;
    out->text = (str){from, out->oversized ? LINE_MAX_BYTES : text};
}

/* The end of an oversized line is in sight, at `behind`. */
static void end_oversized(struct lines *l, struct line *out, char *behind)
{
    const size_t tail = (size_t)(behind - l->block);

    run_ahead(l, l->block, tail);
    if (l->identity)
        identity_copy(l->identity, l->ahead);
    *out = (struct line){{l->from, LINE_MAX_BYTES}, l->offset, KEPT + l->dropped + tail, true};
    l->dropped = 0;
    l->counted = behind;
}

static void take_line(struct lines *l, struct line *out, char *behind, bool ended)
{
    if (l->dropped) {
        end_oversized(l, out, behind);
    } else {
        keep_line(out, l->from, (size_t)(behind - l->from), ended);
        out->offset = l->offset;
    }
    l->offset += out->length;
    l->from = behind;
}

static void count_lines(struct lines *l)
{
    if (l->identity && l->from > l->counted)
        identity_add(l->identity, (str){l->counted, (size_t)(l->from - l->counted)});
    l->counted = l->from;
}

static size_t cut_lines(struct lines *l, struct line *out, size_t room)
{
    size_t n = 0;

    while (n < room) {
        char *lf = memchr(l->scanned, '\n', (size_t)(l->end - l->scanned));
        if (!lf) {
            l->scanned = l->end;
            break;
        }
        l->scanned = lf + 1;
        take_line(l, &out[n++], lf + 1, true);
    }
    count_lines(l);
    return n;
}

ssize_t lines_next(struct lines *lines, struct line *out, size_t room, struct err *err)
{
    for (;;) {
        const size_t n = cut_lines(lines, out, room);
        if (n > 0 || room == 0)
            return (ssize_t)n;
        const ssize_t more = read_block(lines, err);
        if (more <= 0)
            return more;
    }
}

bool lines_rest(struct lines *lines, struct line *out)
{
    if (lines->end == lines->from)
        return false;
    take_line(lines, out, lines->end, false);
    count_lines(lines);
    lines->scanned = lines->end;
    return true;
}

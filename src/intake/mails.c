#include "intake/mails.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "intake/from_line.h"

enum { READ_BYTES = 256 * 1024, KEEP_BYTES = 4 * 1024 * 1024 };

/*
 * p: [at, n) are bytes of the present mail and of what follows it. A mail that outgrows the limit keeps its
 * first `limit` bytes at p[0]; the window behind them slides on and `dropped` counts what fell out in between.
 */
struct mails {
    struct input *in;
    struct identity *identity;
    bool mbox;
    bool ended;
    size_t limit;
    char *p;
    size_t at, n, room;
    size_t looked;   /* no next mail begins before this */
    size_t counted;  /* the identity has all before this */
    uint64_t offset; /* of p[at] in the input */
    uint64_t dropped;
    size_t used; /* bytes of p that were handed out: gone at the next call */
    struct err broken;
};

struct mails *mails_new(void)
{
    struct mails *m = mem_zero(1, sizeof *m);

    m->limit = MAIL_MAX_BYTES;
    return m;
}

void mails_free(struct mails *mails)
{
    if (!mails)
        return;
    free(mails->p);
    free(mails);
}

void mails_limit(struct mails *mails, size_t bytes)
{
    mails->limit = bytes;
}

void mails_start(struct mails *mails, struct input *in, enum content content, struct identity *identity)
{
    assert(!identity || identity_length(identity) == input_offset(in));
    mails->in = in;
    mails->identity = identity;
    mails->mbox = content == CONTENT_MBOX;
    mails->ended = false;
    mails->at = mails->n = mails->looked = mails->counted = mails->used = 0;
    mails->offset = input_offset(in);
    mails->dropped = 0;
    mails->broken.kind = ERR_NONE;
}

static void count_to(struct mails *m, size_t at)
{
    if (m->identity && at > m->counted)
        identity_add(m->identity, (str){m->p + m->counted, at - m->counted});
    m->counted = at;
}

/* The present mail moves to the front. */
static void shift(struct mails *m)
{
    if (m->at == 0)
        return;
    memmove(m->p, m->p + m->at, m->n - m->at);
    m->n -= m->at;
    m->looked -= m->at;
    m->counted -= m->at;
    m->at = 0;
}

/* Beyond the limit only as much stays in the window as a separator needs. */
static void slide(struct mails *m)
{
    if (m->looked <= m->limit + FROM_LINE_LOOK)
        return;
    const size_t back = m->looked - FROM_LINE_LOOK;
    const size_t drop = back - m->limit;

    count_to(m, back);
    memmove(m->p + m->limit, m->p + back, m->n - back);
    m->dropped += drop;
    m->n -= drop;
    m->looked -= drop;
    m->counted = m->limit;
}

/* Grows by halves, up to what the limit and its window need; a huge mail's memory is given back. */
static void reserve(struct mails *m)
{
    const size_t least = m->n + READ_BYTES, most = m->limit + 4 * READ_BYTES;
    size_t room = least + least / 2;

    if (room > most)
        room = most > least ? most : least;
    if (m->room < least || (m->room > KEEP_BYTES && room < KEEP_BYTES)) {
        m->room = room;
        m->p = mem_grow(m->p, room);
    }
}

/* More of the input behind p[n]. At its end, or when it breaks, `ended` is set. */
static void read_on(struct mails *m)
{
    shift(m);
    slide(m);
    reserve(m);
    const ssize_t got = input_read(m->in, m->p + m->n, m->room - m->n, &m->broken);
    if (got > 0)
        m->n += (size_t)got;
    else
        m->ended = true;
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

/* The size of the line end in front of p[at]: 0 none, 1 LF or CR, 2 CRLF. */
static size_t line_end_before(const char *p, size_t at)
{
    if (at == 0 || !is_line_end(p[at - 1]))
        return 0;
    return at > 1 && p[at - 1] == '\n' && p[at - 2] == '\r' ? 2 : 1;
}

/* Does the line that begins at p[at] follow an empty one? */
static bool after_empty_line(const char *p, size_t at)
{
    const size_t n = line_end_before(p, at);

    return n > 0 && (at == n || is_line_end(p[at - n - 1]));
}

/* Where the next mail's "From " line begins; m->n when none is in sight (yet). */
static size_t find_next(struct mails *m)
{
    while (m->n >= m->looked + 5) {
        const char *hit = memmem(m->p + m->looked, m->n - m->looked, "From ", 5);
        if (!hit) {
            m->looked = m->n - 4; /* the rest may be the beginning of one */
            break;
        }
        m->looked = (size_t)(hit - m->p);
        if (!m->ended && m->n - m->looked < FROM_LINE_LOOK)
            break;
        if (after_empty_line(m->p + m->at, m->looked - m->at) && from_line_opens((str){hit, m->n - m->looked}, true))
            return m->looked;
        m->looked += 5;
    }
    return m->n;
}

/* Empty lines, a byte order mark and the "From " line in front of a mail: answers what is behind them. */
static str skip_opening(str s)
{
    s = from_line_skip_empty(s);
    if (from_line_opens(s, false))
        s = str_from(s, from_line_end(s));
    while (str_starts(s, STR(">From "))) /* a second one, quoted or of UUCP times */
        s = str_from(s, from_line_end(s));
    return s;
}

/* The empty line before the next "From " line is the mbox's own. */
static size_t drop_empty_line(const char *p, size_t n)
{
    return after_empty_line(p, n) ? n - line_end_before(p, n) : n;
}

/* ">From " lines lose one ">". In place; answers what is left. */
static size_t unquote(char *p, size_t n)
{
    size_t to = 0, from = 0;

    for (char *hit; (hit = memmem(p + from, n - from, ">From ", 6));) {
        const size_t at = (size_t)(hit - p);
        size_t first = at;
        while (first > from && p[first - 1] == '>')
            first--;
        const bool quoted = first == 0 || is_line_end(p[first - 1]);
        const size_t take = (quoted ? at : at + 1) - from;
        memmove(p + to, p + from, take);
        to += take;
        from = at + 1;
    }
    memmove(p + to, p + from, n - from);
    return to + n - from;
}

/* The first bytes of a mail, with its "From " line, and where the next one is to be looked for. */
static bool begin_mail(struct mails *m)
{
    m->offset += m->used + m->dropped;
    m->at += m->used;
    m->used = 0;
    m->dropped = 0;
    while (!m->ended && m->n - m->at < FROM_LINE_LOOK)
        read_on(m);
    m->looked = m->n - skip_opening((str){m->p + m->at, m->n - m->at}).n;
    return m->n > m->at;
}

/* Answers where the present mail ends in p. */
static size_t end_mail(struct mails *m)
{
    for (;;) {
        if (!m->mbox)
            m->looked = m->n;
        const size_t next = m->mbox ? find_next(m) : m->n;
        if (next < m->n || m->ended)
            return next;
        read_on(m);
    }
}

/* False for nothing but empty lines. */
static bool hand_out(struct mails *m, size_t next, struct mail *out)
{
    const size_t whole = next - m->at;
    const bool oversized = m->dropped > 0 || whole > m->limit;

    count_to(m, next);
    m->used = whole;
    str s = skip_opening((str){m->p + m->at, oversized ? m->limit : whole});
    out->offset = m->offset + (size_t)(s.p - (m->p + m->at));
    out->end = m->offset + m->dropped + whole;
    out->oversized = oversized;
    out->cut = m->broken.kind != ERR_NONE && next == m->n;
    if (m->mbox) {
        char *p = m->p + (s.p - m->p);
        s.n = unquote(p, oversized ? s.n : drop_empty_line(p, s.n));
    }
    out->bytes = s;
    return s.n > 0;
}

/* A broken input still gives the mail it broke off in; a stop, or no room for a copy, gives nothing more. */
int mails_next(struct mails *mails, struct mail *out, struct err *err)
{
    while (begin_mail(mails)) {
        const size_t next = end_mail(mails);
        if (mails->broken.kind != ERR_NONE && mails->broken.kind != ERR_INPUT)
            break;
        if (hand_out(mails, next, out))
            return 1;
    }
    if (mails->broken.kind == ERR_NONE)
        return 0;
    *err = mails->broken;
    return -1;
}

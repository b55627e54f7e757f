#include "bounces/prescan.h"

enum { MAX_SPANS = 3 * PRESCAN_PARTS };

struct level {
    str boundary;
    bool digest; /* multipart/digest: parts are messages by default (RFC 2046 5.1.5) */
};

struct scan {
    struct level levels[PRESCAN_DEPTH];
    size_t depth;
    size_t parts, lines, header_bytes, all_headers;
    bool in_headers, in_type; /* in_type: the header being read is Content-Type */
    bool content;             /* the header being read is Content-Type, -Transfer-Encoding or -Disposition */
    bool inside;              /* a returned message: its headers are noted, its body is not looked at */
    bool wild;                /* a boundary that could not be read was declared */
    bool message, typed, digest;
    struct arena *arena;
    str *spans; /* what is kept, pieces of the mail */
    size_t spans_count, spans_room, kept;
    str returned;
};

static void add_span(struct scan *s, str span)
{
    if (s->spans_count == s->spans_room) {
        str *more;
        s->spans_room = s->spans_room ? s->spans_room * 4 : 16;
        more = arena_alloc(s->arena, s->spans_room * sizeof *more);
        if (s->spans_count)
            memcpy(more, s->spans, s->spans_count * sizeof *more);
        s->spans = more;
    }
    s->spans[s->spans_count++] = span;
}

/* Neighbours make one piece. */
static void keep(struct scan *s, str line)
{
    str *last = s->spans_count ? &s->spans[s->spans_count - 1] : NULL;

    s->kept += line.n + 1;
    if (last && last->p + last->n == line.p)
        last->n += line.n + 1;
    else if (s->spans_count < MAX_SPANS)
        add_span(s, (str){line.p, line.n + 1});
}

static void begin_headers(struct scan *s)
{
    s->in_headers = true;
    s->in_type = s->message = s->typed = s->digest = s->inside = false;
    s->lines = s->header_bytes = 0;
}

static bool push(struct scan *s, str boundary, struct err *err)
{
    if (s->depth == PRESCAN_DEPTH)
        return err_set(err, ERR_INPUT, "MIME parts nested too deep (limit %d)", PRESCAN_DEPTH);
    s->levels[s->depth++] = (struct level){boundary, s->digest};
    return true;
}

/* The value behind "boundary", as it stands; an empty one when it is written in an unusual form. */
static str boundary_value(str rest)
{
    str value = str_skip_blanks(rest);

    if (!str_take_char(&value, '='))
        return (str){"", 0};
    value = str_skip_blanks(value);
    if (str_take_char(&value, '"'))
        value = str_to(value, str_find_char(value, '"'));
    else
        for (size_t i = 0; i < value.n; i++)
            if (value.p[i] == ';' || str_is_space(value.p[i]))
                value = str_to(value, i);
    return str_find_char(value, '\\') != STR_NONE || str_find_char(value, '(') != STR_NONE ? (str){"", 0} : value;
}

/* message/rfc822, message/global, message/news ...: headers follow; reports and status fields are no messages. */
static bool holds_message(str line)
{
    const size_t at = str_find_nocase(line, STR("message/"));

    if (at == STR_NONE)
        return false;
    line = str_to(str_from(line, at), 40);
    return str_find_nocase(line, STR("-status")) == STR_NONE && str_find_nocase(line, STR("-report")) == STR_NONE &&
           str_find_nocase(line, STR("-notification")) == STR_NONE;
}

static bool read_type(struct scan *s, str line, struct err *err)
{
    size_t at;

    s->message = s->message || holds_message(line);
    if (str_find_nocase(line, STR("multipart/digest")) != STR_NONE)
        s->digest = true;
    while ((at = str_find_nocase(line, STR("boundary"))) != STR_NONE) {
        line = str_from(line, at + 8);
        const str boundary = boundary_value(line);
        if (boundary.n == 0)
            s->wild = true;
        else if (!push(s, boundary, err))
            return false;
    }
    return true;
}

static bool header_line(struct scan *s, str line, struct err *err)
{
    const bool folded = line.p[0] == ' ' || line.p[0] == '\t';

    s->header_bytes = line.n + (folded ? s->header_bytes : 0);
    s->all_headers += line.n;
    if (++s->lines > PRESCAN_HEADER_LINES)
        return err_set(err, ERR_INPUT, "too many header lines in one part (limit %d)", PRESCAN_HEADER_LINES);
    if (s->header_bytes > PRESCAN_HEADER_BYTES)
        return err_set(err, ERR_INPUT, "a header is too long (limit %d bytes)", PRESCAN_HEADER_BYTES);
    if (s->all_headers > PRESCAN_ALL_HEADERS)
        return err_set(err, ERR_INPUT, "the headers are too large (limit %d bytes)", PRESCAN_ALL_HEADERS);
    if (s->inside)
        return true;
    if (!folded) {
        s->content = str_starts_nocase(line, STR("content-t")) || str_starts_nocase(line, STR("content-disp"));
        s->in_type = s->content && str_starts_nocase(line, STR("content-type"));
    }
    if (s->content)
        keep(s, line);
    s->typed = s->typed || s->in_type;
    return !s->in_type || read_type(s, line, err);
}

/* The blank line behind a header block: a message inside begins with headers of its own. */
static void end_headers(struct scan *s, str line)
{
    const bool by_default = !s->typed && s->depth > 0 && s->levels[s->depth - 1].digest;
    const bool message = s->message || by_default;

    if (s->inside) {
        s->in_headers = false;
        if (s->returned.n == 0)
            s->returned = (str){s->returned.p, (size_t)(line.p - s->returned.p)};
        return;
    }
    keep(s, line);
    if (!message) {
        s->in_headers = false;
        return;
    }
    begin_headers(s);
    s->inside = true;
    if (s->returned.n == 0)
        s->returned = (str){line.p + 1, 0};
}

static bool boundary_line(struct scan *s, str line, bool *is_one, struct err *err)
{
    const str text = str_trim(str_from(line, 2));

    *is_one = false;
    for (size_t i = s->depth; i-- > 0 && !*is_one;) {
        const str b = s->levels[i].boundary;
        const bool close = text.n == b.n + 2 && text.p[b.n] == '-' && text.p[b.n + 1] == '-';
        if (b.n == 0 || !str_starts(text, b) || (text.n != b.n && !close))
            continue;
        *is_one = true;
        if (s->inside && s->in_headers)
            end_headers(s, line);
        s->depth = close ? i : i + 1;
        s->in_headers = s->inside = false;
        keep(s, line);
        if (!close)
            begin_headers(s);
    }
    if ((*is_one || s->wild) && ++s->parts > PRESCAN_PARTS)
        return err_set(err, ERR_INPUT, "too many MIME parts (limit %d)", PRESCAN_PARTS);
    return true;
}

static bool scan_lines(struct scan *s, str mail, struct err *err)
{
    str rest = mail, line;

    while (str_take_line(&rest, &line)) {
        bool boundary = false;
        if (line.n > 2 && line.p[0] == '-' && line.p[1] == '-' && !boundary_line(s, line, &boundary, err))
            return false;
        if (boundary)
            continue;
        if (s->in_headers && line.n == 0)
            end_headers(s, line);
        else if (s->in_headers && !header_line(s, line, err))
            return false;
        else if (!s->in_headers && !s->inside && s->kept < PRESCAN_KEPT)
            keep(s, line);
    }
    if (s->inside && s->returned.n == 0)
        s->returned.n = (size_t)(mail.p + mail.n - s->returned.p);
    return true;
}

static str joined(const struct scan *s, str mail, struct arena *arena)
{
    char *to = arena_alloc(arena, s->kept + 1);
    size_t n = 0;

    for (size_t i = 0; i < s->spans_count; i++) {
        const size_t left = (size_t)(mail.p + mail.n - s->spans[i].p); /* the last line may have no LF */
        const size_t length = s->spans[i].n < left ? s->spans[i].n : left;
        memcpy(to + n, s->spans[i].p, length);
        n += length;
    }
    return (str){to, n};
}

bool prescan(str mail, struct arena *arena, struct prescan *out, struct err *err)
{
    struct scan s = {.arena = arena};

    begin_headers(&s);
    if (!scan_lines(&s, mail, err))
        return false;
    out->kept = joined(&s, mail, arena);
    out->returned = s.returned.p && s.returned.n ? s.returned : STR("");
    return true;
}

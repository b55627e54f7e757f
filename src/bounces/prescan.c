#include "bounces/prescan.h"

struct level {
    str boundary, header;
    const char *body; /* of the multipart; NULL once one of its boundaries was seen */
    bool digest;      /* multipart/digest: parts are messages by default (RFC 2046 5.1.5) */
};

/* Where the line that is being read stands. */
enum place {
    IN_HEADERS, /* of the mail or a part */
    IN_MESSAGE, /* in the headers of a message inside a part */
    IN_BODY,    /* of a leaf */
    IN_NOTHING, /* between parts, or in a returned message's body */
};

struct scan {
    struct arena *arena;
    prescan_boundary *unusual;
    struct level levels[PRESCAN_DEPTH];
    size_t depth;
    enum place place;
    const char *header, *type, *type_end, *message;
    size_t boundaries, lines, header_bytes, all_headers;
    bool in_type; /* the header being read is Content-Type */
    struct prescan *out;
    size_t room;
};

static void begin_headers(struct scan *s, const char *at)
{
    s->place = IN_HEADERS;
    s->header = at;
    s->type = s->type_end = NULL;
    s->in_type = false;
    s->lines = s->header_bytes = 0;
}

/* The value behind "boundary", as it stands; empty when it is written in an unusual form. */
static str plain_boundary(str type)
{
    const size_t at = str_find_nocase(type, STR("boundary"));
    str value = at == STR_NONE ? STR("") : str_skip_blanks(str_from(type, at + 8));

    if (!str_take_char(&value, '=') || str_find_nocase(value, STR("boundary")) != STR_NONE)
        return STR("");
    value = str_skip_blanks(value);
    if (str_take_char(&value, '"'))
        value = str_to(value, str_find_char(value, '"'));
    else
        for (size_t i = 0; i < value.n; i++)
            if (value.p[i] == ';' || str_is_space(value.p[i]))
                value = str_to(value, i);
    return str_find_char(value, '\\') != STR_NONE || str_find_char(value, '(') != STR_NONE ||
                   str_find_char(value, '\n') != STR_NONE
               ? STR("")
               : value;
}

/* message/rfc822, message/global, message/news ...; reports, status fields and header blocks are no messages. */
static bool holds_message(str type)
{
    static const char *const fields[] = {"-status", "-report", "-notification", "-headers"};
    const size_t at = str_find_nocase(type, STR("message/"));

    if (at == STR_NONE || at > 24)
        return false;
    type = str_to(str_from(type, at), 40);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (str_find_nocase(type, str_of(fields[i])) != STR_NONE)
            return false;
    return true;
}

static str between(const char *from, const char *to)
{
    return (str){from, (size_t)(to - from)};
}

static struct prescan_part *add_part(struct scan *s, const char *header, const char *end, const char *body)
{
    struct prescan *out = s->out;

    if (out->count == s->room) {
        struct prescan_part *more;
        s->room = s->room ? s->room * 4 : 8;
        more = arena_alloc(s->arena, s->room * sizeof *more);
        if (out->count)
            memcpy(more, out->parts, out->count * sizeof *more);
        out->parts = more;
    }
    out->parts[out->count] =
        (struct prescan_part){.header = between(header, end), .body = {body, 0}, .depth = s->depth};
    return &out->parts[out->count++];
}

static bool push(struct scan *s, str type, const char *at, const char *body, struct err *err)
{
    str boundary = plain_boundary(type);

    if (boundary.n == 0)
        boundary = s->unusual(type, s->arena);
    s->place = IN_NOTHING;
    if (boundary.n == 0) {
        add_part(s, s->header, at, body)->bare = true;
        s->place = IN_BODY;
        return true;
    }
    if (s->depth == PRESCAN_DEPTH)
        return err_set(err, ERR_INPUT, "MIME parts nested too deep (limit %d)", PRESCAN_DEPTH);
    s->levels[s->depth++] = (struct level){boundary, between(s->header, at), body,
                                           str_find_nocase(type, STR("multipart/digest")) != STR_NONE};
    return true;
}

/* The blank line behind a header block, or the boundary that cuts it short. */
static bool end_headers(struct scan *s, const char *at, const char *body, struct err *err)
{
    const str type = s->type ? between(s->type, s->type_end) : STR("");
    const bool by_default = type.n == 0 && s->depth > 0 && s->levels[s->depth - 1].digest;

    if (s->out->header.p == NULL)
        s->out->header = between(s->header, at);
    if (str_find_nocase(str_to(type, 64), STR("multipart/")) != STR_NONE)
        return push(s, type, at, body, err);
    struct prescan_part *part = add_part(s, s->header, at, body);
    part->message = by_default || holds_message(type);
    s->place = part->message ? IN_MESSAGE : IN_BODY;
    s->message = body;
    s->lines = s->header_bytes = 0;
    return true;
}

static void end_message_headers(struct scan *s, const char *at)
{
    if (s->out->returned.n == 0)
        s->out->returned = between(s->message, at);
    s->place = IN_NOTHING;
}

/* What is open ends where a boundary line, or the end of the mail, begins. */
static bool close_part(struct scan *s, const char *at, bool by_boundary, struct err *err)
{
    if (s->place == IN_HEADERS && !end_headers(s, at, at, err))
        return false;
    if (s->place == IN_MESSAGE)
        end_message_headers(s, at);
    if (s->place == IN_BODY) {
        struct prescan_part *part = &s->out->parts[s->out->count - 1];
        part->body = between(part->body.p, at);
        if (by_boundary && part->body.n > 0 && at[-1] == '\n')
            part->body.n--; /* the line end in front of a boundary belongs to it (RFC 2046 5.1.1) */
    }
    s->place = IN_NOTHING;
    return true;
}

/* The innermost multipart ends, and its boundary stood nowhere: text under a wrong label. */
static void close_bare(struct scan *s, const char *at)
{
    const struct level *l = s->depth > 0 ? &s->levels[s->depth - 1] : NULL;

    if (!l || !l->body)
        return;
    struct prescan_part *part = add_part(s, l->header.p, l->header.p + l->header.n, l->body);
    part->body.n = (size_t)(at - l->body);
    part->bare = true;
}

static bool header_line(struct scan *s, str line, struct err *err)
{
    const bool boundary = s->in_type && str_starts_nocase(line, STR("boundary=")); /* a fold that lost its blank */
    const bool folded = line.p[0] == ' ' || line.p[0] == '\t' || boundary;

    s->header_bytes = line.n + (folded ? s->header_bytes : 0);
    s->all_headers += line.n;
    if (++s->lines > PRESCAN_HEADER_LINES)
        return err_set(err, ERR_INPUT, "too many header lines in one part (limit %d)", PRESCAN_HEADER_LINES);
    if (s->header_bytes > PRESCAN_HEADER_BYTES)
        return err_set(err, ERR_INPUT, "a header is too long (limit %d bytes)", PRESCAN_HEADER_BYTES);
    if (s->all_headers > PRESCAN_ALL_HEADERS)
        return err_set(err, ERR_INPUT, "the headers are too large (limit %d bytes)", PRESCAN_ALL_HEADERS);
    if (s->place == IN_MESSAGE)
        return true;
    if (!folded) {
        s->in_type = s->type == NULL && str_starts_nocase(line, STR("content-type"));
        s->type = s->in_type ? line.p : s->type;
    }
    if (s->in_type)
        s->type_end = line.p + line.n;
    return true;
}

/* Answers through *is_one whether the line is a boundary of an open multipart. */
static bool boundary_line(struct scan *s, str line, const char *next, bool *is_one, struct err *err)
{
    const str text = str_trim(str_from(line, 2));

    *is_one = false;
    for (size_t i = s->depth; i-- > 0 && !*is_one;) {
        const str b = s->levels[i].boundary;
        const bool close = text.n == b.n + 2 && text.p[b.n] == '-' && text.p[b.n + 1] == '-';
        if (!str_starts(text, b) || (text.n != b.n && !close))
            continue;
        *is_one = true;
        if (!close_part(s, line.p, true, err))
            return false;
        if (i + 1 < s->depth)
            close_bare(s, line.p);
        s->levels[i].body = NULL;
        s->depth = close ? i : i + 1;
        if (!close)
            begin_headers(s, next);
    }
    if (*is_one && ++s->boundaries > PRESCAN_PARTS)
        return err_set(err, ERR_INPUT, "too many MIME parts (limit %d)", PRESCAN_PARTS);
    return true;
}

static bool read_line(struct scan *s, str line, const char *next, struct err *err)
{
    bool boundary = false;

    if (line.n > 2 && line.p[0] == '-' && line.p[1] == '-' && s->depth > 0 &&
        !boundary_line(s, line, next, &boundary, err))
        return false;
    if (boundary || s->place == IN_BODY || s->place == IN_NOTHING)
        return true;
    if (line.n > 0)
        return header_line(s, line, err);
    if (s->place == IN_MESSAGE) {
        end_message_headers(s, line.p);
        return true;
    }
    return end_headers(s, line.p, next, err);
}

bool prescan(str mail, prescan_boundary *unusual, struct arena *arena, struct prescan *out, struct err *err)
{
    struct scan s = {.arena = arena, .unusual = unusual, .out = out};
    const char *end = mail.p + mail.n;
    str rest = mail, line;

    *out = (struct prescan){.returned = STR("")};
    begin_headers(&s, mail.p);
    while ((s.place != IN_BODY || s.depth > 0) && str_take_line(&rest, &line)) /* the last body needs no lines */
        if (!read_line(&s, line, rest.p, err))
            return false;
    if (!close_part(&s, end, false, err))
        return false;
    close_bare(&s, end);
    return true;
}

#include "bounces/mime.h"

#include <gmime/gmime.h>

#include "bounces/charset.h"
#include "bounces/fields.h"
#include "bounces/prescan.h"

struct leaf {
    str charset, body;
    GMimeContentEncoding encoding;
};

struct mime {
    struct arena *arena;
    struct prescan scan;
    str root_type;
    struct mime_part *parts;
    struct leaf *leaves; /* beside parts */
};

void mime_start(void)
{
    g_mime_init();
}

void mime_stop(void)
{
    g_mime_shutdown();
}

static str parameter(GMimeContentType *type, const char *name, struct arena *arena)
{
    const str value = str_of(g_mime_content_type_get_parameter(type, name));

    return value.n ? arena_str(arena, value) : STR("");
}

/* Boundaries in pieces, with comments or quoted pairs (RFC 2231, RFC 822 3.3). */
static str unusual_boundary(str content_type, struct arena *arena)
{
    const str value = fields_find(content_type, STR("content-type"), arena);
    GMimeContentType *type = g_mime_content_type_parse(NULL, arena_str(arena, value).p);
    const str boundary = type ? parameter(type, "boundary", arena) : STR("");

    if (type)
        g_object_unref(type);
    return boundary;
}

/* "text/plain" alone, or with nothing but a charset of plain letters: most parts need no parser. */
static bool simple_type(str value, struct mime_part *part, struct leaf *leaf, struct arena *arena)
{
    const size_t semi = str_find_char(value, ';');
    const str type = str_trim(str_to(value, semi));
    str rest = semi == STR_NONE ? STR("") : str_trim(str_from(value, semi + 1));

    for (size_t i = 0; i < type.n; i++)
        if (!str_is_alpha(type.p[i]) && !str_is_digit(type.p[i]) && !strchr("/-.+", type.p[i]))
            return false;
    if (rest.n && !str_take_nocase(&rest, STR("charset=")))
        return false;
    if (rest.n > 1 && rest.p[0] == '"' && rest.p[rest.n - 1] == '"')
        rest = (str){rest.p + 1, rest.n - 2};
    for (size_t i = 0; i < rest.n; i++)
        if (!str_is_alpha(rest.p[i]) && !str_is_digit(rest.p[i]) && !strchr("-_.", rest.p[i]))
            return false;
    part->type = arena_lower(arena, type);
    leaf->charset = rest;
    return type.n > 0;
}

static void read_type(str value, struct mime_part *part, struct leaf *leaf, struct arena *arena)
{
    GMimeContentType *type;

    part->type = STR("text/plain");
    if (value.n == 0 || simple_type(value, part, leaf, arena))
        return;
    type = g_mime_content_type_parse(NULL, arena_str(arena, value).p);
    if (!type)
        return;
    part->type = arena_lower(arena, arena_printf(arena, "%s/%s", g_mime_content_type_get_media_type(type),
                                                 g_mime_content_type_get_media_subtype(type)));
    part->name = parameter(type, "name", arena);
    leaf->charset = parameter(type, "charset", arena);
    g_object_unref(type);
}

struct content {
    str type, encoding, disposition;
};

#define AT(member) offsetof(struct content, member)
static const struct field_slot content_slots[] = {
    {{"content-type", 12}, AT(type)},
    {{"content-transfer-encoding", 25}, AT(encoding)},
    {{"content-disposition", 19}, AT(disposition)},
};
#undef AT

static void read_part(struct mime *m, size_t i)
{
    const struct prescan_part *found = &m->scan.parts[i];
    struct mime_part *part = &m->parts[i];
    struct leaf *leaf = &m->leaves[i];
    struct content c;

    fields_fill(found->header, content_slots, sizeof content_slots / sizeof *content_slots, &c, m->arena);
    *leaf = (struct leaf){STR(""), found->body, GMIME_CONTENT_ENCODING_DEFAULT};
    *part = (struct mime_part){
        .type = STR(""),
        .name = STR(""),
        .depth = found->depth,
        .attached = str_starts_nocase(c.disposition, STR("attachment")),
        .message = found->message,
    };
    read_type(found->bare ? STR("") : c.type, part, leaf, m->arena);
    if (c.encoding.n && !found->bare)
        leaf->encoding = g_mime_content_encoding_from_string(arena_str(m->arena, c.encoding).p);
}

struct mime *mime_open(str mail, struct arena *arena, struct err *err)
{
    struct mime *m = arena_alloc(arena, sizeof *m);

    m->arena = arena;
    if (!prescan(mail, unusual_boundary, arena, &m->scan, err))
        return NULL;
    m->parts = arena_alloc(arena, (m->scan.count + 1) * sizeof *m->parts);
    m->leaves = arena_alloc(arena, (m->scan.count + 1) * sizeof *m->leaves);
    for (size_t i = 0; i < m->scan.count; i++)
        read_part(m, i);
    m->root_type = arena_lower(arena, fields_find(m->scan.header, STR("content-type"), arena));
    return m;
}

size_t mime_parts(const struct mime *mime, const struct mime_part **out)
{
    *out = mime->parts;
    return mime->scan.count;
}

str mime_root_type(const struct mime *mime)
{
    return mime->root_type;
}

/* Transfer encoding off, until there is enough. */
static str decoded(str raw, GMimeContentEncoding encoding, size_t limit, struct arena *arena)
{
    GMimeEncoding state;

    raw = str_to(raw, limit + limit / 2);
    g_mime_encoding_init_decode(&state, encoding);
    char *to = arena_alloc(arena, g_mime_encoding_outlen(&state, raw.n) + 1);
    return str_to((str){to, g_mime_encoding_step(&state, raw.p, raw.n, to)}, limit);
}

str mime_bytes(struct mime *mime, size_t part, size_t limit)
{
    const struct leaf *leaf = &mime->leaves[part];

    if (mime->parts[part].message)
        return STR("");
    if (leaf->encoding == GMIME_CONTENT_ENCODING_BASE64 || leaf->encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE ||
        leaf->encoding == GMIME_CONTENT_ENCODING_UUENCODE)
        return decoded(leaf->body, leaf->encoding, limit, mime->arena);
    return str_to(leaf->body, limit);
}

str mime_text(struct mime *mime, size_t part, size_t limit)
{
    return mime_utf8(mime_bytes(mime, part, limit), mime->leaves[part].charset, mime->arena);
}

str mime_returned(const struct mime *mime)
{
    return mime->scan.returned;
}

/* The charset a header's encoded words are written in says what its raw bytes may be. */
str mime_words(str header, struct arena *arena)
{
    str text = mime_utf8(header, (str){"", 0}, arena);
    char *words;

    if (str_find(text, STR("=?")) == STR_NONE)
        return text;
    words = g_mime_utils_header_decode_text(NULL, arena_str(arena, str_to(text, 8192)).p);
    text = mime_utf8(str_of(words), (str){"", 0}, arena);
    text = arena_str(arena, text);
    g_free(words);
    return text;
}

str mime_utf8(str bytes, str charset, struct arena *arena)
{
    return charset_utf8(bytes, charset, arena);
}

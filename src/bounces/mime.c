#include "bounces/mime.h"

#include <errno.h>
#include <gmime/gmime.h>
#include <stdlib.h>

#include "bounces/charset.h"
#include "bounces/prescan.h"

enum { MAX_DEPTH = 16 }; /* of the multiparts walked; a report is never deeper */

struct mime {
    struct arena *arena;
    struct prescan scan;
    GByteArray *bytes; /* borrowed view of scan.kept, as GMime wants it */
    GMimeMessage *message;
    struct mime_part *parts;
    GMimeObject **objects; /* borrowed from message, beside parts */
    size_t count;
};

void mime_start(void)
{
    g_mime_init();
}

void mime_stop(void)
{
    g_mime_shutdown();
}

/* GMime reads from the caller's memory: the byte array borrows it and gives it back untouched. */
static void parse(struct mime *m)
{
    GMimeStream *stream;
    GMimeParser *parser;

    m->bytes = g_byte_array_new_take((guint8 *)(uintptr_t)m->scan.kept.p, m->scan.kept.n);
    stream = g_mime_stream_mem_new_with_byte_array(m->bytes);
    g_mime_stream_mem_set_owner((GMimeStreamMem *)stream, FALSE);
    parser = g_mime_parser_new_with_stream(stream);
    g_mime_parser_set_persist_stream(parser, TRUE);
    m->message = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    g_object_unref(stream);
}

static str parameter(GMimeObject *object, const char *name)
{
    GMimeContentType *type = g_mime_object_get_content_type(object);

    return str_of(type ? g_mime_content_type_get_parameter(type, name) : NULL);
}

static str type_name(GMimeObject *object, struct arena *arena)
{
    GMimeContentType *type = g_mime_object_get_content_type(object);

    if (!type)
        return STR("text/plain");
    return arena_lower(arena, arena_printf(arena, "%s/%s", g_mime_content_type_get_media_type(type),
                                           g_mime_content_type_get_media_subtype(type)));
}

static void add_part(struct mime *m, GMimeObject *object, size_t depth)
{
    struct mime_part *part = &m->parts[m->count];
    const char *disposition = g_mime_object_get_disposition(object);

    *part = (struct mime_part){
        .type = type_name(object, m->arena),
        .name = parameter(object, "name"),
        .depth = depth,
        .attached = disposition && str_eq_nocase(str_of(disposition), STR("attachment")),
        .message = GMIME_IS_MESSAGE_PART(object),
    };
    m->objects[m->count++] = object;
}

/* Leaves only, in order; a multipart without readable parts is a leaf with no text. */
static void walk(struct mime *m, GMimeObject *object, size_t depth)
{
    if (m->count == PRESCAN_PARTS)
        return;
    if (!GMIME_IS_MULTIPART(object) || depth == MAX_DEPTH) {
        add_part(m, object, depth);
        return;
    }
    GMimeMultipart *multi = (GMimeMultipart *)object;
    const int count = g_mime_multipart_get_count(multi);
    for (int i = 0; i < count; i++)
        walk(m, g_mime_multipart_get_part(multi, i), depth + 1);
}

/* Room for the leaves is found by counting them first: no list is grown while walking. */
static size_t leaves(GMimeObject *object, size_t depth)
{
    size_t n = 0;

    if (!GMIME_IS_MULTIPART(object) || depth == MAX_DEPTH)
        return 1;
    const int count = g_mime_multipart_get_count((GMimeMultipart *)object);
    for (int i = 0; i < count; i++)
        n += leaves(g_mime_multipart_get_part((GMimeMultipart *)object, i), depth + 1);
    return n;
}

struct mime *mime_open(str mail, struct arena *arena, struct err *err)
{
    struct mime *m;

    struct prescan scan;

    if (!prescan(mail, arena, &scan, err))
        return NULL;
    m = mem_zero(1, sizeof *m);
    m->arena = arena;
    m->scan = scan;
    parse(m);
    GMimeObject *root = m->message ? g_mime_message_get_mime_part(m->message) : NULL;
    if (root) {
        const size_t room = leaves(root, 0);
        m->parts = arena_alloc(arena, (room + 1) * sizeof *m->parts);
        m->objects = arena_alloc(arena, (room + 1) * sizeof(GMimeObject *));
        walk(m, root, 0);
    }
    return m;
}

void mime_close(struct mime *mime)
{
    if (!mime)
        return;
    if (mime->message)
        g_object_unref(mime->message);
    g_byte_array_free(mime->bytes, FALSE);
    free(mime);
}

size_t mime_parts(const struct mime *mime, const struct mime_part **out)
{
    *out = mime->parts;
    return mime->count;
}

str mime_root_type(const struct mime *mime)
{
    GMimeObject *root = mime->message ? g_mime_message_get_mime_part(mime->message) : NULL;

    return root ? type_name(root, mime->arena) : STR("");
}

/* What stands in the mail itself, without a copy: GMime keeps a body as a piece of its stream. */
static str stored(GMimeDataWrapper *content)
{
    GMimeStream *stream = g_mime_data_wrapper_get_stream(content);

    if (!stream || !GMIME_IS_STREAM_MEM(stream))
        return STR("");
    GByteArray *b = g_mime_stream_mem_get_byte_array((GMimeStreamMem *)stream);
    const gint64 end = stream->bound_end < 0 ? (gint64)b->len : stream->bound_end;
    if (stream->bound_start < 0 || stream->bound_start > end || end > (gint64)b->len)
        return STR("");
    return (str){(const char *)b->data + stream->bound_start, (size_t)(end - stream->bound_start)};
}

/* Transfer encoding off, piece by piece, until there is enough. */
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
    GMimeObject *object = mime->objects[part];

    if (!GMIME_IS_PART(object))
        return STR("");
    GMimeDataWrapper *content = g_mime_part_get_content((GMimePart *)object); /* borrowed */
    if (!content)
        return STR("");
    const GMimeContentEncoding encoding = g_mime_data_wrapper_get_encoding(content);
    const str raw = stored(content);
    if (encoding == GMIME_CONTENT_ENCODING_BASE64 || encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE ||
        encoding == GMIME_CONTENT_ENCODING_UUENCODE)
        return decoded(raw, encoding, limit, mime->arena);
    return str_to(raw, limit);
}

str mime_text(struct mime *mime, size_t part, size_t limit)
{
    return mime_utf8(mime_bytes(mime, part, limit), parameter(mime->objects[part], "charset"), mime->arena);
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

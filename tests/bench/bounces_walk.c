/* A bare GMime walk, to measure against: parse each mail from memory, visit every part, look at its headers. */
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned headers;

static void visit(GMimeObject *parent, GMimeObject *part, gpointer data)
{
    (void)parent;
    (void)data;
    headers += (unsigned)g_mime_header_list_get_count(g_mime_object_get_header_list(part));
}

static void walk(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return;
    fseek(f, 0, SEEK_END);
    const long size = ftell(f);
    rewind(f);
    char *bytes = malloc((size_t)size + 1);
    const size_t n = bytes ? fread(bytes, 1, (size_t)size, f) : 0;
    fclose(f);
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes, n);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    if (message) {
        g_mime_message_foreach(message, visit, NULL);
        g_object_unref(message);
    }
    g_object_unref(parser);
    g_object_unref(stream);
    free(bytes);
}

int main(int argc, char **argv)
{
    g_mime_init();
    for (int i = 1; i < argc; i++)
        walk(argv[i]);
    printf("%d mails, %u headers\n", argc - 1, headers);
    return 0;
}

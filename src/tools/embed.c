/*
 * embed - files into a C table: embed TABLE ROOT FILE... > table.c
 *
 * Names in the table are paths below ROOT, sorted, so that look-ups can halve. Build time only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int write_bytes(const char *path, size_t index)
{
    FILE *f = fopen(path, "rb");
    unsigned long size = 0;
    int c;

    if (!f) {
        perror(path);
        return -1;
    }
    printf("static const unsigned char file_%zu[] = {", index);
    for (; (c = getc(f)) != EOF; size++)
        printf("%s%d,", size % 24 ? "" : "\n", c);
    printf("0};\n");
    fclose(f);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "embed: usage: embed TABLE ROOT FILE...\n");
        return 2;
    }
    const size_t count = (size_t)argc - 3, root = strlen(argv[2]) + 1;

    qsort(argv + 3, count, sizeof *argv, by_name);
    printf("#include \"base/embed.h\"\n");
    for (size_t i = 0; i < count; i++)
        if (write_bytes(argv[3 + i], i) != 0)
            return 1;
    printf("static const struct embedded files[] = {\n");
    for (size_t i = 0; i < count; i++)
        printf("{\"%s\", (const char *)file_%zu, sizeof file_%zu - 1},\n", argv[3 + i] + root, i, i);
    printf("{0, 0, 0}};\nconst struct embedded_table %s = {files, %zu};\n", argv[1], count);
    return 0;
}

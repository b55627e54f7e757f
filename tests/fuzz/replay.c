/* Runs a fuzz target over the files of the folders given: every past crash and every seed, in ctest. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return 0;
    size_t n = 0, room = 0;
    uint8_t *bytes = NULL;
    do {
        room = room * 2 + 65536;
        bytes = realloc(bytes, room);
        if (!bytes)
            abort();
        n += fread(bytes + n, 1, room - n, f);
    } while (n == room);
    fclose(f);
    /* An exact copy, so that a read past the end is seen. */
    uint8_t *exact = malloc(n ? n : 1);
    if (!exact)
        abort();
    memcpy(exact, bytes, n);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    free(bytes);
    return 1;
}

int main(int argc, char **argv)
{
    int count = 0;

    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (!folder)
            continue;
        for (struct dirent *e; (e = readdir(folder));) {
            char path[4096];
            if (e->d_name[0] == '.')
                continue;
            snprintf(path, sizeof path, "%s/%s", argv[i], e->d_name);
            count += replay_file(path);
        }
        closedir(folder);
    }
    printf("%d inputs\n", count);
    if (count == 0) {
        printf("skipped: no seeds in the folders given\n");
        return 77;
    }
    return 0;
}

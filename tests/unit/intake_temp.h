/* Files of a test's own, in a folder that goes away with it. */
#pragma once
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"

static char temp_folder[64];
static char temp_names[8][256]; /* the last few paths answered stay valid */

static inline int temp_make(void **state)
{
    (void)state;
    strcpy(temp_folder, "/tmp/rebound-test-XXXXXX");
    return mkdtemp(temp_folder) ? 0 : -1;
}

static inline int temp_unlink(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static inline int temp_remove(void **state)
{
    (void)state;
    return nftw(temp_folder, temp_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

static inline const char *temp_path(const char *name)
{
    static unsigned next;
    char *path = temp_names[next++ % 8];
    const char *slash = *name ? "/" : "";

    snprintf(path, sizeof temp_names[0], "%s%s%.128s", temp_folder, slash, name);
    return path;
}

static inline void temp_put(const char *name, str bytes, int how)
{
    const int fd = open(temp_path(name), O_WRONLY | O_CREAT | how, 0600);

    assert_true(fd >= 0);
    if (bytes.n)
        assert_int_equal(write(fd, bytes.p, bytes.n), (ssize_t)bytes.n);
    close(fd);
}

static inline const char *temp_write(const char *name, str bytes)
{
    temp_put(name, bytes, O_TRUNC);
    return temp_path(name);
}

static inline void temp_append(const char *name, str bytes)
{
    temp_put(name, bytes, O_APPEND);
}

static inline void temp_mkdir(const char *name)
{
    assert_int_equal(mkdir(temp_path(name), 0700), 0);
}

/* `bytes` as gzip, xz, zstd or bzip2 would write them, behind what `out` holds. */
static inline la_ssize_t temp_pack_block(struct archive *a, void *self, const void *p, size_t n)
{
    (void)a;
    buf_add(self, (str){p, n});
    return (la_ssize_t)n;
}

static inline void temp_pack(struct buf *out, const char *filter, str bytes)
{
    struct archive *a = archive_write_new();
    struct archive_entry *entry = archive_entry_new();

    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_pathname(entry, "x");
    archive_write_set_format_raw(a);
    archive_write_set_bytes_in_last_block(a, 1);
    assert_int_equal(archive_write_add_filter_by_name(a, filter), ARCHIVE_OK);
    assert_int_equal(archive_write_open(a, out, NULL, temp_pack_block, NULL), ARCHIVE_OK);
    assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(a, bytes.p, bytes.n), (la_ssize_t)bytes.n);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_entry_free(entry);
    archive_write_free(a);
}

/* A log's worth of lines, all different, `bytes` long or a little more; the same each time. */
static inline void temp_log(struct buf *out, size_t bytes)
{
    uint32_t seed = 1;

    for (unsigned i = 0; out->n < bytes; i++) {
        seed = seed * 1664525 + 1013904223;
        buf_printf(out,
                   "Mar  3 09:%02u:%02u mx1 postfix/smtp[%u]: %08X: to=<user%u@example.org>, status=sent (250 ok %x)\n",
                   i / 60 % 60, i % 60, seed % 30000, seed, i, seed >> 7);
    }
}

/* A pipe with `bytes` in it (less than a pipe holds), named so that it can be opened. */
static inline const char *temp_pipe(int fds[2], str bytes)
{
    static char path[32];

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], bytes.p, bytes.n), (ssize_t)bytes.n);
    snprintf(path, sizeof path, "/dev/fd/%d", fds[0]);
    return path;
}

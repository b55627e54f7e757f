#include "intake/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/stop.h"

enum { READ_AHEAD_BYTES = 128 * 1024 }; /* what the kernel does unasked: a mail is read without the extra call */

struct source {
    int fd;     /* -1: a pipe not opened yet */
    char *path; /* of such a pipe */
    bool is_file;
    struct stat stat;
    uint64_t taken;
    /* pipes only: bytes already taken from fd that are read (again) before more is */
    struct buf early; /* in memory, until settled */
    size_t early_at;
    bool settled;
    int spool; /* -1: none */
    bool spool_grows;
    uint64_t spool_bytes, spool_at;
};

static const char *kind_of(mode_t mode)
{
    return S_ISDIR(mode) ? "a folder" : S_ISSOCK(mode) ? "a socket" : S_ISBLK(mode) ? "a block device" : NULL;
}

/* Only a FIFO may make open() wait; O_NONBLOCK guards against a file swapped for one in between. */
static int open_path(const char *path, bool is_file, struct err *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (is_file ? O_NONBLOCK : 0));

    if (fd < 0)
        err_set(err, ERR_INPUT, "%s", strerror(errno));
    return fd;
}

static struct source *source_new(int fd)
{
    struct source *s = mem_zero(1, sizeof *s);

    s->fd = fd;
    s->spool = -1;
    return s;
}

/* Takes the descriptor over. */
static struct source *source_of(int fd, struct err *err)
{
    struct source *s = source_new(fd);

    if (fstat(fd, &s->stat) != 0 || kind_of(s->stat.st_mode)) {
        err_set(err, ERR_INPUT, "is nothing to read from");
        source_close(s);
        return NULL;
    }
    s->is_file = S_ISREG(s->stat.st_mode) && (fd != STDIN_FILENO || lseek(fd, 0, SEEK_CUR) == 0);
    if (s->is_file && s->stat.st_size > READ_AHEAD_BYTES)
        posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return s;
}

/* A FIFO is opened when it is read: to open and close it again would stop its writer (SIGPIPE). */
static struct source *source_later(const char *path, const struct stat *st)
{
    struct source *s = source_new(-1);

    s->path = mem_text(str_of(path));
    s->stat = *st;
    return s;
}

struct source *source_open(const char *path, struct err *err)
{
    struct stat st;

    if (strcmp(path, "-") == 0)
        return source_of(STDIN_FILENO, err);
    if (stat(path, &st) != 0) {
        err_set(err, ERR_INPUT, "%s", strerror(errno));
        return NULL;
    }
    if (kind_of(st.st_mode)) {
        err_set(err, ERR_INPUT, "is %s, nothing to read from", kind_of(st.st_mode));
        return NULL;
    }
    if (!S_ISREG(st.st_mode))
        return source_later(path, &st);
    const int fd = open_path(path, true, err);
    return fd < 0 ? NULL : source_of(fd, err);
}

struct source *source_open_fd(int fd, struct err *err)
{
    char path[32];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const int own = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (own < 0)
        err_set_errno(err, ERR_INPUT, "cannot be opened again");
    return own < 0 ? NULL : source_of(own, err);
}

void source_close(struct source *source)
{
    if (!source)
        return;
    if (source->fd > STDIN_FILENO)
        close(source->fd);
    if (source->spool >= 0)
        close(source->spool);
    buf_free(&source->early);
    free(source->path);
    free(source);
}

bool source_is_file(const struct source *source)
{
    return source->is_file;
}

const struct stat *source_stat(const struct source *source)
{
    return &source->stat;
}

uint64_t source_taken(const struct source *source)
{
    return source->taken;
}

/* Whoever gave us a pipe may have left it non-blocking: then waiting is on us. */
static bool worth_another_try(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    if (errno == EAGAIN)
        poll(&p, 1, -1);
    return errno == EAGAIN || errno == EINTR;
}

static ssize_t read_some(int fd, char *to, size_t room, struct err *err)
{
    for (;;) {
        const ssize_t n = read(fd, to, room);
        if (n >= 0)
            return n;
        if (!worth_another_try(fd)) {
            err_set_errno(err, ERR_INPUT, "cannot be read");
            return -1;
        }
        if (!stop_check(err))
            return -1;
    }
}

static bool write_all(int fd, const char *p, size_t n, uint64_t at, struct err *err)
{
    while (n > 0) {
        const ssize_t done = pwrite(fd, p, n, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return err_set_errno(err, ERR_IO, "cannot keep a copy in a temporary file");
        p += done;
        n -= (size_t)done;
        at += (uint64_t)done;
    }
    return true;
}

static bool keep(struct source *s, const char *p, size_t n, struct err *err)
{
    if (s->spool >= 0 && s->spool_grows) {
        if (!write_all(s->spool, p, n, s->spool_bytes, err))
            return false;
        s->spool_bytes += n;
        s->spool_at = s->spool_bytes;
    } else if (!s->settled) {
        buf_add(&s->early, (str){p, n});
        s->early_at = s->early.n;
    }
    return true;
}

static ssize_t read_early(struct source *s, char *to, size_t room)
{
    const size_t left = s->early.n - s->early_at;
    const size_t n = left < room ? left : room;

    memcpy(to, s->early.p + s->early_at, n);
    s->early_at += n;
    if (s->settled && s->early_at == s->early.n) {
        buf_free(&s->early);
        s->early_at = 0;
    }
    return (ssize_t)n;
}

static ssize_t read_spool(struct source *s, char *to, size_t room, struct err *err)
{
    const uint64_t left = s->spool_bytes - s->spool_at;
    const ssize_t n = pread(s->spool, to, room < left ? room : (size_t)left, (off_t)s->spool_at);

    if (n <= 0) {
        err_set_errno(err, ERR_IO, "cannot read the temporary copy");
        return -1;
    }
    s->spool_at += (uint64_t)n;
    return n;
}

static ssize_t read_pipe(struct source *s, char *to, size_t room, struct err *err)
{
    if (s->early_at < s->early.n)
        return read_early(s, to, room);
    if (s->spool >= 0 && s->spool_at < s->spool_bytes)
        return read_spool(s, to, room, err);

    if (s->fd < 0)
        s->fd = open_path(s->path, false, err);
    const ssize_t n = s->fd < 0 ? -1 : read_some(s->fd, to, room, err);
    if (n > 0 && !keep(s, to, (size_t)n, err))
        return -1;
    return n;
}

ssize_t source_read(struct source *source, char *to, size_t room, struct err *err)
{
    const ssize_t n = source->is_file ? read_some(source->fd, to, room, err) : read_pipe(source, to, room, err);

    if (n > 0)
        source->taken += (uint64_t)n;
    return n;
}

static bool start_of_file(struct source *s, char *out, size_t *n, struct err *err)
{
    const ssize_t got = pread(s->fd, out, SOURCE_START_BYTES, 0);

    *n = got > 0 ? (size_t)got : 0;
    return got >= 0 || err_set_errno(err, ERR_INPUT, "cannot be read");
}

bool source_start(struct source *source, char out[SOURCE_START_BYTES], size_t *n, struct err *err)
{
    if (source->is_file)
        return start_of_file(source, out, n, err);
    *n = 0;
    while (*n < SOURCE_START_BYTES) {
        const ssize_t got = source_read(source, out + *n, SOURCE_START_BYTES - *n, err);
        if (got < 0)
            return false;
        if (got == 0)
            break;
        *n += (size_t)got;
    }
    source->taken = 0;
    source->early_at = 0;
    source->spool_at = 0;
    return true;
}

uint64_t source_size(const struct source *source)
{
    struct stat now;

    return (uint64_t)(fstat(source->fd, &now) == 0 ? now.st_size : source->stat.st_size);
}

bool source_would_wait(const struct source *source)
{
    struct pollfd p = {.fd = source->fd, .events = POLLIN};

    if (source->is_file || source->fd < 0 || source->early_at < source->early.n || source->spool_at < source->spool_bytes)
        return false;
    return poll(&p, 1, 0) == 0;
}

bool source_seek(struct source *source, uint64_t offset, struct err *err)
{
    if (lseek(source->fd, (off_t)offset, SEEK_SET) < 0)
        return err_set_errno(err, ERR_INPUT, "cannot move to byte %llu", (unsigned long long)offset);
    source->taken = offset;
    return true;
}

void source_settle(struct source *source)
{
    source->settled = true;
}

static int temporary_file(void)
{
    const char *const folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char name[4096];
        int fd = folders[i] ? open(folders[i], O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600) : -1;
        if (fd >= 0)
            return fd;
        if (!folders[i] || snprintf(name, sizeof name, "%s/rebound-XXXXXX", folders[i]) >= (int)sizeof name)
            continue;
        fd = mkostemp(name, O_CLOEXEC); /* a file system without O_TMPFILE */
        if (fd >= 0) {
            unlink(name);
            return fd;
        }
    }
    return -1;
}

bool source_spool(struct source *source, struct err *err)
{
    if (source->is_file || (source->spool >= 0 && source->spool_grows))
        return true;
    if (source->settled)
        return err_set(err, ERR_IO, "was read on already, cannot be kept for a second reading");
    source->spool = temporary_file();
    if (source->spool < 0)
        return err_set_errno(err, ERR_IO, "cannot make a temporary file to keep a copy in");
    if (source->early.n && !write_all(source->spool, source->early.p, source->early.n, 0, err))
        return false;
    source->spool_bytes = source->early.n;
    source->spool_at = source->early_at;
    source->spool_grows = true;
    source->settled = true;
    buf_free(&source->early);
    source->early_at = 0;
    return true;
}

void source_unspool(struct source *source)
{
    source->spool_grows = false;
}

bool source_rewind(struct source *source, struct err *err)
{
    if (source->is_file)
        return source_seek(source, 0, err);
    if (source->spool >= 0 ? !source->spool_grows : source->settled)
        return err_set(err, ERR_IO, "can be read only once");
    source->spool_at = 0;
    source->early_at = 0;
    source->taken = 0;
    return true;
}

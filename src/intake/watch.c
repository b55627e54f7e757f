#include "intake/watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"

/* Looks without being told: often when inotify is no help, else now and then in case it missed something. */
enum { LOOK_BLIND_MS = 250, LOOK_MS = 1000, TAIL_BYTES = 64 };
/* A folder's files are new when they changed since the last look, with room for coarse clocks. */
#define FOLDER_SLACK_US (2 * CLOCK_SECOND)

struct file {
    struct file *next;
    uint32_t id;
    int fd;
    int wd; /* inotify's, -1 none */
    struct stat stat;
    char tail[TAIL_BYTES]; /* the bytes before stat.st_size */
    size_t tail_n;
    int64_t left_us; /* when it lost its name, or was last written to after that; CLOCK_NONE: it has its name */
};

struct name {
    struct name *next;
    char *path;
    bool folder;
    int wd;             /* of the folder that holds it, or is it */
    struct file *files; /* the one that bears the name, and those that did until lately */
    int64_t looked_us;  /* folders: wall clock of the last look */
};

struct watch {
    int64_t grace_us;
    int epoll, inotify, timer;
    bool blind;
    uint32_t last_id;
    struct name *names;
    void (*tell)(void *self, const struct watch_event *event); /* of the present step */
    void *self;
};

static bool wait_on(struct watch *w, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};

    return fd >= 0 && epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void set_timer(struct watch *w)
{
    const int ms = w->blind ? LOOK_BLIND_MS : LOOK_MS;
    const struct timespec every = {ms / 1000, ms % 1000 * 1000000L};
    const struct itimerspec times = {every, every};

    timerfd_settime(w->timer, 0, &times, NULL);
}

struct watch *watch_new(int64_t grace_us, struct err *err)
{
    struct watch *w = mem_zero(1, sizeof *w);

    w->grace_us = grace_us;
    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    w->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    w->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (w->epoll < 0 || !wait_on(w, w->timer)) {
        err_set_errno(err, ERR_IO, "cannot watch files");
        watch_free(w);
        return NULL;
    }
    w->blind = !wait_on(w, w->inotify);
    set_timer(w);
    return w;
}

static void close_file(struct watch *w, struct file *file)
{
    if (file->wd >= 0)
        inotify_rm_watch(w->inotify, file->wd);
    close(file->fd);
    free(file);
}

void watch_free(struct watch *watch)
{
    if (!watch)
        return;
    for (struct name *n = watch->names, *next; n; n = next) {
        next = n->next;
        for (struct file *f = n->files, *after; f; f = after) {
            after = f->next;
            close_file(watch, f);
        }
        free(n->path);
        free(n);
    }
    const int fds[] = {watch->epoll, watch->timer, watch->inotify};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    free(watch);
}

int watch_fd(const struct watch *watch)
{
    return watch->epoll;
}

void watch_blind(struct watch *watch)
{
    if (watch->inotify >= 0)
        epoll_ctl(watch->epoll, EPOLL_CTL_DEL, watch->inotify, NULL);
    watch->blind = true;
    set_timer(watch);
}

/* Wakes the loop for what happens at `path`; when it cannot, the timer has to. */
static int add_inotify(struct watch *w, const char *path, uint32_t what)
{
    /* a folder is watched once for all names in it: their masks add up */
    const int wd = w->blind ? -1 : inotify_add_watch(w->inotify, path, what | IN_MASK_ADD);

    if (wd < 0 && !w->blind && access(path, F_OK) == 0) /* no watches left, not: no such file yet */
        watch_blind(w);
    return wd;
}

/* "logs/" of "logs/x", "." of "x"; what is a folder itself stays. */
static char *folder_of(const struct name *n)
{
    const char *slash = strrchr(n->path, '/');

    if (n->folder)
        return mem_text(str_of(n->path));
    return slash ? mem_text((str){n->path, (size_t)(slash + 1 - n->path)}) : mem_text(STR("."));
}

static void watch_folder_of(struct watch *w, struct name *n)
{
    const uint32_t what = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;
    char *folder = folder_of(n);

    n->wd = add_inotify(w, folder, n->folder ? what | IN_CLOSE_WRITE : what);
    free(folder);
}

void watch_add(struct watch *watch, const char *path, bool folder)
{
    struct name **last = &watch->names;
    struct name *n = mem_zero(1, sizeof *n);

    n->path = mem_text(str_of(path));
    n->folder = folder;
    n->looked_us = CLOCK_NONE;
    n->wd = -1;
    while (*last)
        last = &(*last)->next;
    *last = n; /* told in the order they were added */
    watch_folder_of(watch, n);
}

/* ---- a look at one followed file */

static void tell_file(struct watch *w, const struct name *n, const struct file *f, enum watch_change change)
{
    const struct watch_event event = {
        change, f->id, n->path, f->stat.st_dev, f->stat.st_ino, (uint64_t)f->stat.st_size,
    };

    w->tell(w->self, &event);
}

static void read_tail(struct file *f)
{
    const off_t size = f->stat.st_size;
    const off_t from = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
    const ssize_t n = pread(f->fd, f->tail, (size_t)(size - from), from);

    f->tail_n = n == size - from ? (size_t)n : 0;
}

/* Are the bytes before the old end still the ones that were there? */
static bool tail_stands(const struct file *f, off_t old_size)
{
    char now[TAIL_BYTES];

    if (f->tail_n == 0)
        return true;
    return pread(f->fd, now, f->tail_n, old_size - (off_t)f->tail_n) == (ssize_t)f->tail_n &&
           memcmp(now, f->tail, f->tail_n) == 0;
}

static bool is_newer(struct timespec a, struct timespec b)
{
    return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

static void look_at_file(struct watch *w, struct name *n, struct file *f, int64_t now_us)
{
    const struct stat old = f->stat;

    if (fstat(f->fd, &f->stat) != 0)
        return;
    const bool touched = is_newer(f->stat.st_mtim, old.st_mtim) || f->stat.st_size != old.st_size;
    if (!touched)
        return;
    const bool cut = f->stat.st_size < old.st_size || !tail_stands(f, old.st_size);
    read_tail(f);
    if (f->left_us != CLOCK_NONE)
        f->left_us = now_us;
    if (cut)
        tell_file(w, n, f, WATCH_CUT);
    else if (f->stat.st_size > old.st_size)
        tell_file(w, n, f, WATCH_GREW);
}

/* ---- a look at a name */

static struct file *follow(struct watch *w, struct name *n)
{
    const int fd = open(n->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct file *f = mem_zero(1, sizeof *f);
    char by_fd[32];

    f->fd = fd;
    if (fd < 0 || fstat(fd, &f->stat) != 0 || !S_ISREG(f->stat.st_mode)) {
        if (fd >= 0)
            close(fd);
        free(f);
        return NULL;
    }
    f->id = ++w->last_id;
    snprintf(by_fd, sizeof by_fd, "/proc/self/fd/%d", fd); /* the name may lead elsewhere by now */
    f->wd = add_inotify(w, by_fd, IN_MODIFY);
    f->left_us = CLOCK_NONE;
    f->next = n->files;
    n->files = f;
    read_tail(f);
    return f;
}

static bool bears(const struct file *f, const struct stat *st)
{
    return f->stat.st_dev == st->st_dev && f->stat.st_ino == st->st_ino;
}

/* Who bears the name now; those that do not any longer have left. */
static void look_at_name(struct watch *w, struct name *n, int64_t now_us)
{
    struct stat st;
    const bool there = stat(n->path, &st) == 0 && S_ISREG(st.st_mode);
    bool known = false;

    for (struct file *f = n->files; f; f = f->next) {
        const bool same = there && bears(f, &st);
        known = known || same;
        f->left_us = same ? CLOCK_NONE : f->left_us == CLOCK_NONE ? now_us : f->left_us;
    }
    if (n->wd < 0)
        watch_folder_of(w, n);
    if (!there || known)
        return;
    struct file *fresh = follow(w, n);
    if (fresh)
        tell_file(w, n, fresh, WATCH_NEW);
}

static void drop_quiet_files(struct watch *w, struct name *n, int64_t now_us)
{
    for (struct file **at = &n->files; *at;) {
        struct file *f = *at;
        if (f->left_us == CLOCK_NONE || now_us - f->left_us < w->grace_us) {
            at = &f->next;
            continue;
        }
        tell_file(w, n, f, WATCH_DONE);
        *at = f->next;
        close_file(w, f);
    }
}

/* ---- a look at a folder */

static void tell_filed(struct watch *w, const char *path, const struct stat *st)
{
    const struct watch_event event = {WATCH_FILED, 0, path, st->st_dev, st->st_ino, (uint64_t)st->st_size};

    w->tell(w->self, &event);
}

/* A rename sets the time of change, so it also shows what was moved in. */
static bool changed_since(const struct stat *st, int64_t at_us)
{
    return at_us == CLOCK_NONE ||
           st->st_ctim.tv_sec * CLOCK_SECOND + st->st_ctim.tv_nsec / 1000 >= at_us - FOLDER_SLACK_US;
}

static void look_at_folder(struct watch *w, struct name *n)
{
    const int64_t now_us = clock_now_us();
    struct stat st;

    if (n->wd < 0)
        watch_folder_of(w, n);
    if (stat(n->path, &st) != 0 || !changed_since(&st, n->looked_us))
        return;
    DIR *folder = opendir(n->path);
    if (!folder)
        return;
    for (struct dirent *e; (e = readdir(folder));) {
        char path[PATH_MAX];
        if (e->d_name[0] == '.' || snprintf(path, sizeof path, "%s/%s", n->path, e->d_name) >= (int)sizeof path)
            continue;
        if (fstatat(dirfd(folder), e->d_name, &st, 0) == 0 && S_ISREG(st.st_mode) && changed_since(&st, n->looked_us))
            tell_filed(w, path, &st);
    }
    closedir(folder);
    n->looked_us = now_us;
}

/* What woke the loop is not asked: everything is looked at. */
static void drain(struct watch *w)
{
    char scrap[4096];
    uint64_t ticks;

    while (w->inotify >= 0 && read(w->inotify, scrap, sizeof scrap) > 0)
        ;
    while (read(w->timer, &ticks, sizeof ticks) > 0)
        ;
}

void watch_step(struct watch *watch, void (*tell)(void *self, const struct watch_event *event), void *self)
{
    const int64_t now_us = clock_monotonic_us();

    watch->tell = tell;
    watch->self = self;
    drain(watch);
    for (struct name *n = watch->names; n; n = n->next) {
        if (n->folder) {
            look_at_folder(watch, n);
            continue;
        }
        for (struct file *f = n->files; f; f = f->next)
            look_at_file(watch, n, f, now_us);
        look_at_name(watch, n, now_us);
        drop_quiet_files(watch, n, now_us);
    }
}

struct input *watch_open(const struct watch *watch, uint32_t file, struct err *err)
{
    for (const struct name *n = watch->names; n; n = n->next) {
        for (const struct file *f = n->files; f; f = f->next) {
            if (f->id == file)
                return input_open_fd(f->fd, n->path, err);
        }
    }
    err_set(err, ERR_INPUT, "is not followed any longer");
    return NULL;
}

#include "store/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "store/place.h"

enum { WAIT_SECONDS = 60, STATUS_LINE = 7 };
static const int64_t MIB = 1024 * 1024;

/* ---------------------------------------------------------------- is it there? */

static str in_data(struct arena *arena, const struct place *place, const char *name)
{
    return arena_printf(arena, "%.*s/%s", STR_ARG(place->data), name);
}

static bool socket_answers(const struct place *place)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(at.sun_path, sizeof at.sun_path, "%.*s/.s.PGSQL.5432", STR_ARG(place->socket));
    const bool answers = fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof at) == 0;
    if (fd >= 0)
        close(fd);
    return answers;
}

/* Line 8 of postmaster.pid says "ready" once connections are taken. */
static bool is_ready(struct arena *arena, const struct place *place)
{
    return str_eq(place_line(arena, in_data(arena, place, "postmaster.pid"), STATUS_LINE), STR("ready")) &&
           socket_answers(place);
}

/* A server of this data directory that lives: a postmaster's working directory is its data. Pids are reused. */
static bool is_alive(struct arena *arena, const struct place *place)
{
    const str pid = place_line(arena, in_data(arena, place, "postmaster.pid"), 0);
    const str link = arena_printf(arena, "/proc/%.*s/cwd", STR_ARG(pid));
    char at[4096], real[4096];
    const ssize_t n = pid.n ? readlink(link.p, at, sizeof at - 1) : -1;

    return n > 0 && realpath(place->data.p, real) && str_eq((str){at, (size_t)n}, str_of(real));
}

/* Values of a connection string stand between quotes, with \ before ' and \. */
static str quoted(struct arena *arena, str text)
{
    struct buf out = {0};

    buf_add_char(&out, '\'');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\'' || text.p[i] == '\\')
            buf_add_char(&out, '\\');
        buf_add_char(&out, text.p[i]);
    }
    buf_add_char(&out, '\'');
    const str result = arena_str(arena, buf_str(&out));
    buf_free(&out);
    return result;
}

static void describe(struct arena *arena, const struct place *place, struct cluster_info *out)
{
    const str host = quoted(arena, place->socket);

    *out = (struct cluster_info){
        .state = place->made_by.n == 0    ? CLUSTER_ABSENT
                 : is_ready(arena, place) ? CLUSTER_RUNNING
                                          : CLUSTER_STOPPED,
        .data = place->root,
        .version = place->version,
        .conninfo = arena_printf(arena, "host=%.*s port=5432 user=rebound dbname=postgres password='' options=''",
                                 STR_ARG(host)),
    };
}

bool cluster_look(struct arena *arena, struct cluster_info *out, struct err *err)
{
    struct place place;

    if (!place_find(arena, &place, err))
        return false;
    describe(arena, &place, out);
    return true;
}

/* ---------------------------------------------------------------- settings */

static int64_t between(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* Memory of the machine, or of the container we are in. */
static int64_t memory_mib(struct arena *arena)
{
    const int64_t machine = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / MIB;
    str limit = place_line(arena, STR("/sys/fs/cgroup/memory.max"), 0);
    uint64_t bytes;

    if (str_take_u64(&limit, &bytes) && (int64_t)(bytes / (uint64_t)MIB) < machine)
        return (int64_t)(bytes / (uint64_t)MIB);
    return machine;
}

static int64_t free_mib(const char *folder)
{
    struct statvfs fs;

    return statvfs(folder, &fs) == 0 ? (int64_t)(fs.f_bavail * (fs.f_frsize / 1024) / 1024) : 0;
}

/* Debian's and the PGDG packages are built with LZ4; a home-made server may not be. */
static bool has_lz4(const struct place *place)
{
    return atoi(place->version.p) >= 15 && str_starts(place->bin, STR("/usr/"));
}

/* Containers often have 64 MiB of /dev/shm, too little for a parallel plan, or none that others may write to. */
static const char *shared_memory(void)
{
    struct stat st;

    return stat("/dev/shm", &st) == 0 && (st.st_mode & S_IWOTH) && free_mib("/dev/shm") >= 256 ? "posix" : "mmap";
}

static void write_settings(struct arena *arena, const struct place *place, FILE *f)
{
    const int64_t memory = memory_mib(arena);

    fprintf(f, "# Written by rebound at every start. Your own settings: server.local.conf beside this file.\n");
    fprintf(f, "listen_addresses = ''\nport = 5432\nunix_socket_directories = '%s'\n", place->socket.p);
    fprintf(f, "unix_socket_permissions = 0700\nmax_connections = 50\ncluster_name = 'rebound'\n");
    fprintf(f, "shared_buffers = %lldMB\n", (long long)between(memory / 8, 64, 1024));
    fprintf(f, "effective_cache_size = %lldMB\n", (long long)between(memory / 2, 128, 65536));
    fprintf(f, "work_mem = %lldMB\n", (long long)between(memory / 128, 8, 64));
    fprintf(f, "maintenance_work_mem = %lldMB\n", (long long)between(memory / 32, 64, 512));
    fprintf(f, "dynamic_shared_memory_type = %s\n", shared_memory());
    fprintf(f, "wal_level = minimal\nmax_wal_senders = 0\nwal_compression = %s\n", has_lz4(place) ? "lz4" : "on");
    fprintf(f, "max_wal_size = %lldMB\n", (long long)between(free_mib(place->root.p) / 8, 256, 8192));
    fprintf(f, "min_wal_size = 128MB\ncheckpoint_timeout = 15min\ncheckpoint_completion_target = 0.9\n");
    fprintf(f, "random_page_cost = 1.1\njit = off\n");
    /* No statement and no value of one in the log: they hold addresses. */
    fprintf(f, "log_min_messages = warning\nlog_min_error_statement = panic\nlog_checkpoints = off\n");
    fprintf(f, "log_error_verbosity = terse\nlog_timezone = 'UTC'\ntimezone = 'UTC'\n");
}

/* A file for the operator's own settings, once: the server mentions a missing one at every start. */
static bool make_own_settings(struct arena *arena, const struct place *place, struct err *err)
{
    static const char text[] = "# Your own settings of the private PostgreSQL; they win over server.conf.\n";
    const str path = arena_printf(arena, "%.*s/server.local.conf", STR_ARG(place->root));
    const int fd = open(path.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    const bool good = fd < 0 ? errno == EEXIST
                             : fchmod(fd, 0644) == 0 && write(fd, text, sizeof text - 1) == (ssize_t)(sizeof text - 1);

    if (!good)
        err_set_errno(err, ERR_IO, "%s", path.p);
    if (fd >= 0)
        close(fd);
    return good;
}

/* Beside the data, not in it: root must not write where the server's user could lay a link. */
static bool settings(struct arena *arena, const struct place *place, struct err *err)
{
    const str path = arena_printf(arena, "%.*s/server.conf", STR_ARG(place->root));
    const str fresh = arena_printf(arena, "%.*s.new", STR_ARG(path));
    FILE *f;

    if (str_find_char(place->socket, '\'') != STR_NONE || str_find_char(place->socket, ',') != STR_NONE)
        return err_set(err, ERR_CONFIG, "database: %s: a folder with ' or , in its name cannot hold the socket",
                       place->socket.p);
    f = fopen(fresh.p, "we");
    if (!f)
        return err_set_errno(err, ERR_IO, "%s", fresh.p);
    write_settings(arena, place, f);
    const bool readable = fchmod(fileno(f), 0644) == 0;
    if (fclose(f) != 0 || !readable || rename(fresh.p, path.p) != 0)
        return err_set_errno(err, ERR_IO, "%s", path.p);
    return make_own_settings(arena, place, err);
}

static bool include_settings(struct arena *arena, str folder, struct err *err)
{
    static const char lines[] = "\ninclude_if_exists = '../server.conf'\ninclude_if_exists = '../server.local.conf'\n";
    const str path = arena_printf(arena, "%.*s/postgresql.conf", STR_ARG(folder));
    const int fd = open(path.p, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    const bool good = fd >= 0 && write(fd, lines, sizeof lines - 1) == (ssize_t)(sizeof lines - 1);

    if (!good)
        err_set_errno(err, ERR_IO, "%s", path.p);
    if (fd >= 0)
        close(fd);
    return good;
}

/* ---------------------------------------------------------------- making */

/* initdb writes a thousand files without waiting for the disk; here we wait once for all. */
static bool on_disk(str folder, struct err *err)
{
    const int fd = open(folder.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool good = fd >= 0 && syncfs(fd) == 0;

    if (!good)
        err_set_errno(err, ERR_IO, "%s", folder.p);
    if (fd >= 0)
        close(fd);
    return good;
}

static bool run_initdb(struct arena *arena, const struct place *place, struct err *err)
{
    const str initdb = arena_printf(arena, "%.*s/initdb", STR_ARG(place->bin));
    const char *const argv[] = {initdb.p,
                                "--no-sync",
                                "--no-instructions",
                                "--username=rebound",
                                "--encoding=UTF8",
                                "--locale=C",
                                "--auth-local=trust",
                                "--auth-host=reject",
                                "-D",
                                place->fresh.p,
                                NULL};

    return place_run(place, argv, err);
}

/* Under another name until it is whole: a start that was killed leaves nothing half made. */
static bool make(struct arena *arena, struct place *place, struct err *err)
{
    if (!place_remove_tree(place->fresh, err))
        return false;
    if (mkdir(place->fresh.p, 0700) != 0 || (geteuid() == 0 && lchown(place->fresh.p, place->uid, place->gid) != 0))
        return err_set_errno(err, ERR_IO, "%s", place->fresh.p);
    if (!run_initdb(arena, place, err) || !include_settings(arena, place->fresh, err) || !on_disk(place->fresh, err))
        return false;
    if (truncate(place->log.p, 0) != 0 || rename(place->fresh.p, place->data.p) != 0) /* initdb's talk is over */
        return err_set_errno(err, ERR_IO, "%s", place->data.p);
    place->made_by = place->version;
    return true;
}

/* ---------------------------------------------------------------- starting and stopping */

static bool run_pg_ctl(struct arena *arena, const struct place *place, const char *verb, struct err *err)
{
    const str pg_ctl = arena_printf(arena, "%.*s/pg_ctl", STR_ARG(place->bin));
    const char *const start[] = {pg_ctl.p, "start",       "-s", "-w",         "-t", "60",
                                 "-D",     place->data.p, "-l", place->log.p, NULL};
    const char *const stop[] = {pg_ctl.p, "stop", "-s", "-w", "-t", "60", "-m", "fast", "-D", place->data.p, NULL};

    return place_run(place, strcmp(verb, "start") == 0 ? start : stop, err);
}

/* After a crash of the machine the pid in the file may be anybody's, and the server would not dare to start. */
static void forget_dead(struct arena *arena, const struct place *place)
{
    unlink(in_data(arena, place, "postmaster.pid").p);
    unlink(arena_printf(arena, "%.*s/.s.PGSQL.5432", STR_ARG(place->socket)).p);
    unlink(arena_printf(arena, "%.*s/.s.PGSQL.5432.lock", STR_ARG(place->socket)).p);
}

/* Somebody else's start or stop is under way: see how it ends. */
static bool wait_settled(struct arena *arena, const struct place *place, bool *ready)
{
    const int64_t end = clock_monotonic_us() + WAIT_SECONDS * CLOCK_SECOND;

    while (!(*ready = is_ready(arena, place)) && is_alive(arena, place)) {
        if (clock_monotonic_us() > end)
            return false;
        usleep(20 * 1000);
    }
    return true;
}

static bool start(struct arena *arena, struct place *place, struct err *err)
{
    bool ready;

    if (!wait_settled(arena, place, &ready))
        return err_set(err, ERR_DB, "database: PostgreSQL is not ready after %d s (log: %s)", WAIT_SECONDS,
                       place->log.p);
    if (ready)
        return true;
    forget_dead(arena, place);
    return settings(arena, place, err) && run_pg_ctl(arena, place, "start", err);
}

static bool has_programs(const struct place *place, struct err *err)
{
    if (place->bin.n == 0)
        return err_set(err, ERR_CONFIG,
                       "database: PostgreSQL is not installed: apt-get install postgresql (or name a "
                       "server with --database)");
    if (place->made_by.n && !str_eq(place->made_by, place->version))
        return err_set(err, ERR_CONFIG,
                       "database: %s was made by PostgreSQL %.*s, installed is %.*s: apt-get install postgresql-%.*s",
                       place->data.p, STR_ARG(place->made_by), STR_ARG(place->version), STR_ARG(place->made_by));
    return true;
}

/* -1 with err filled when the other one does not let go in time. */
static int take_lock(const struct place *place, struct err *err)
{
    const int64_t end = clock_monotonic_us() + WAIT_SECONDS * CLOCK_SECOND;
    const int fd = open(place->lock.p, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        err_set_errno(err, ERR_IO, "%s", place->lock.p);
        return -1;
    }
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (clock_monotonic_us() > end) {
            err_set(err, ERR_DB, "database: %s is held by another start for %d s", place->lock.p, WAIT_SECONDS);
            close(fd);
            return -1;
        }
        usleep(20 * 1000);
    }
    return fd;
}

static bool ensure_locked(struct arena *arena, struct place *place, struct err *err)
{
    /* looked up again: who held the lock may have made it */
    place->made_by = place_line(arena, in_data(arena, place, "PG_VERSION"), 0);
    if (!has_programs(place, err) || !place_prepare(arena, place, err))
        return false;
    return (place->made_by.n || make(arena, place, err)) && start(arena, place, err);
}

bool cluster_ensure(struct arena *arena, struct cluster_info *out, struct err *err)
{
    struct place place;

    if (!place_find(arena, &place, err))
        return false;
    describe(arena, &place, out);
    if (out->state == CLUSTER_RUNNING)
        return true;
    if (!has_programs(&place, err) || !place_open(&place, err))
        return false;
    const int lock = take_lock(&place, err);
    if (lock < 0)
        return false;
    const bool good = ensure_locked(arena, &place, err);
    close(lock);
    describe(arena, &place, out);
    return good;
}

bool cluster_stop(struct err *err)
{
    struct arena *arena = arena_new();
    struct place place;
    int lock = -1;
    bool good = false;

    if (!place_find(arena, &place, err))
        goto done;
    if (place.made_by.n == 0 || !is_alive(arena, &place)) {
        good = true;
        goto done;
    }
    if (!has_programs(&place, err) || !place_open(&place, err) || (lock = take_lock(&place, err)) < 0)
        goto done;
    good = !is_alive(arena, &place) || (place_prepare(arena, &place, err) && run_pg_ctl(arena, &place, "stop", err));
    close(lock);
done:
    arena_free(arena);
    return good;
}

#include "store/place.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"

enum { SOCKET_ROOM = sizeof((struct sockaddr_un *)0)->sun_path, LOG_MOST = 4 * 1024 * 1024, SOCKET_LINE = 4 };

/* ---------------------------------------------------------------- names */

static str env(const char *name)
{
    return str_of(getenv(name));
}

static str root_folder(struct arena *arena)
{
    const str asked = env("REBOUND_DATA"), share = env("XDG_DATA_HOME"), home = env("HOME");

    if (asked.n)
        return asked;
    if (geteuid() == 0)
        return STR("/var/lib/rebound");
    if (share.n)
        return arena_printf(arena, "%.*s/rebound", STR_ARG(share));
    return arena_printf(arena, "%.*s/.local/share/rebound", STR_ARG(home));
}

static str absolute(struct arena *arena, str path)
{
    char here[PATH_MAX];

    if (str_starts(path, STR("/")) || !getcwd(here, sizeof here))
        return arena_str(arena, path);
    return arena_printf(arena, "%s/%.*s", here, STR_ARG(path));
}

static bool socket_fits(str folder)
{
    return folder.n + sizeof "/.s.PGSQL.5432" <= SOCKET_ROOM;
}

static str socket_folder(struct arena *arena, str root)
{
    const str beside = arena_printf(arena, "%.*s/run", STR_ARG(root)), runtime = env("XDG_RUNTIME_DIR");
    const unsigned long long id = hash64(root, geteuid());

    if (socket_fits(beside))
        return beside;
    if (geteuid() != 0 && runtime.n) {
        const str folder = arena_printf(arena, "%.*s/rebound-%016llx", STR_ARG(runtime), id);
        if (socket_fits(folder))
            return folder;
    }
    return arena_printf(arena, "/tmp/rebound-%016llx", id);
}

/* Where a server that was started under another environment has its socket: it wrote the folder down. */
static str running_socket(struct arena *arena, str data)
{
    const str folder = place_line(arena, arena_printf(arena, "%.*s/postmaster.pid", STR_ARG(data)), SOCKET_LINE);
    const str path = arena_printf(arena, "%.*s/.s.PGSQL.5432", STR_ARG(folder));

    return folder.n && access(path.p, F_OK) == 0 ? folder : STR("");
}

str place_line(struct arena *arena, str path, size_t skip)
{
    char line[1024] = "";
    FILE *f = fopen(path.p, "re");
    bool there = f != NULL;

    for (size_t i = 0; there && i <= skip; i++)
        there = fgets(line, sizeof line, f) != NULL;
    if (f)
        fclose(f);
    return there ? arena_str(arena, str_trim(str_of(line))) : STR("");
}

/* ---------------------------------------------------------------- programs */

static const char *const program_folders[] = {"/usr/lib/postgresql/*/bin/pg_ctl", "/usr/pgsql-*/bin/pg_ctl"};

/* The number in ".../postgresql/15/bin" or ".../pgsql-15/bin"; "" when there is none. */
static str version_in_path(str bin)
{
    const size_t end = str_rfind_char(bin, '/');
    size_t start = end == STR_NONE ? 0 : end;

    while (start > 0 && str_is_digit(bin.p[start - 1]))
        start--;
    return end == STR_NONE ? STR("") : str_from(str_to(bin, end), start);
}

static bool is_complete(str bin)
{
    static const char *const programs[] = {"initdb", "pg_ctl", "postgres"};
    char path[PATH_MAX];

    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        snprintf(path, sizeof path, "%.*s/%s", STR_ARG(bin), programs[i]);
        if (access(path, X_OK) != 0)
            return false;
    }
    return true;
}

static str without_name(str path)
{
    return str_to(path, str_rfind_char(path, '/'));
}

/* The version that made the data wins, since only it can read them; else the newest. */
static void consider(struct arena *arena, struct place *place, str bin)
{
    const str version = version_in_path(bin);

    if (version.n == 0 || !is_complete(bin) || (place->made_by.n && str_eq(place->version, place->made_by)))
        return;
    if (place->bin.n && !str_eq(version, place->made_by) && atoi(version.p) <= atoi(place->version.p))
        return;
    place->bin = arena_str(arena, bin);
    place->version = arena_str(arena, version);
}

static void look_in_folders(struct arena *arena, struct place *place)
{
    for (size_t i = 0; i < sizeof program_folders / sizeof *program_folders; i++) {
        glob_t found;
        if (glob(program_folders[i], 0, NULL, &found) == 0)
            for (size_t f = 0; f < found.gl_pathc; f++)
                consider(arena, place, without_name(str_of(found.gl_pathv[f])));
        globfree(&found);
    }
}

/* "postgres (PostgreSQL) 16.2" */
static str ask_version(struct arena *arena, struct place *place)
{
    const str program = arena_printf(arena, "%.*s/postgres", STR_ARG(place->bin));
    const char *const argv[] = {program.p, "--version", NULL};
    char text[128] = "";
    struct err ignored;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return STR("");
    const bool ran = place_run_to(place, argv, ends[1], &ignored);
    close(ends[1]);
    const ssize_t n = ran ? read(ends[0], text, sizeof text - 1) : 0;
    close(ends[0]);
    str answer = {text, n > 0 ? (size_t)n : 0}, before;
    if (!str_take_until_text(&answer, STR(") "), &before))
        return STR("");
    return arena_str(arena, str_to(answer, strspn(answer.p, "0123456789")));
}

static void look_in_path(struct arena *arena, struct place *place)
{
    str path = env("PATH"), folder;
    char real[PATH_MAX];

    while (place->bin.n == 0 && str_take_field(&path, ':', &folder)) {
        const str program = arena_printf(arena, "%.*s/pg_ctl", STR_ARG(folder));
        if (!realpath(program.p, real) || !is_complete(without_name(str_of(real))))
            continue;
        place->bin = arena_str(arena, without_name(str_of(real)));
        place->version = ask_version(arena, place);
    }
}

/* Root may not run the server: the package's own user does. */
static bool find_user(struct place *place, struct err *err)
{
    const struct passwd *user = geteuid() == 0 ? getpwnam("postgres") : NULL;

    place->uid = user ? user->pw_uid : geteuid();
    place->gid = user ? user->pw_gid : getegid();
    if (place->uid == 0)
        return err_set(err, ERR_CONFIG,
                       "database: there is no user \"postgres\" to run PostgreSQL as: install the "
                       "package postgresql, or run rebound as an ordinary user");
    return true;
}

bool place_find(struct arena *arena, struct place *out, struct err *err)
{
    const str root = absolute(arena, root_folder(arena));

    *out = (struct place){.root = root, .bin = STR(""), .version = STR("")};
    if (str_eq(root, STR("/.local/share/rebound")))
        return err_set(err, ERR_CONFIG, "database: there is no HOME to keep the data in: set REBOUND_DATA");
    out->data = arena_printf(arena, "%.*s/postgresql", STR_ARG(root));
    out->fresh = arena_printf(arena, "%.*s/postgresql.new", STR_ARG(root));
    out->log = arena_printf(arena, "%.*s/postgresql.log", STR_ARG(root));
    out->lock = arena_printf(arena, "%.*s/lock", STR_ARG(root));
    out->socket = running_socket(arena, out->data);
    if (out->socket.n == 0)
        out->socket = socket_folder(arena, root);
    out->made_by = place_line(arena, arena_printf(arena, "%.*s/PG_VERSION", STR_ARG(out->data)), 0);
    out->uid = geteuid();
    out->gid = getegid();
    look_in_folders(arena, out);
    if (out->bin.n == 0)
        look_in_path(arena, out);
    return true;
}

/* ---------------------------------------------------------------- folders */

/* mkdir -p, each new one enterable but not readable by others. */
static bool make_folders(str path, struct err *err)
{
    char *name = mem_text(path);
    bool good = true;

    for (char *at = name + 1; good && *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        good = mkdir(name, 0755) == 0 || errno == EEXIST;
        *at = '/';
    }
    good = good && (mkdir(name, 0711) == 0 || errno == EEXIST);
    if (!good)
        err_set_errno(err, ERR_IO, "%s", name);
    free(name);
    return good;
}

/* Can the server's user get into the folder? Asked as that user. */
static bool can_enter(const struct place *place, str folder)
{
    int status = 1;
    const pid_t child = fork();

    if (child == 0)
        _exit(setgroups(0, NULL) == 0 && setgid(place->gid) == 0 && setuid(place->uid) == 0 &&
                      access(folder.p, X_OK) == 0
                  ? 0
                  : 1);
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* A folder of root's own, as mktemp -d makes it, is opened for passing through. */
static bool let_server_in(const struct place *place, struct err *err)
{
    struct stat st;

    if (geteuid() != 0 || can_enter(place, place->root))
        return true;
    if (stat(place->root.p, &st) == 0 && st.st_uid == 0 && chmod(place->root.p, st.st_mode | 0111) == 0 &&
        can_enter(place, place->root))
        return true;
    return err_set(err, ERR_CONFIG, "database: PostgreSQL's user cannot enter %.*s: choose another REBOUND_DATA",
                   STR_ARG(place->root));
}

/* In /tmp somebody else may have been there first: it has to be a folder, the server user's, closed to others. */
static bool make_private(const struct place *place, str folder, struct err *err)
{
    struct stat st;

    if (mkdir(folder.p, 0700) == 0) {
        if (geteuid() == 0 && lchown(folder.p, place->uid, place->gid) != 0)
            return err_set_errno(err, ERR_IO, "%s", folder.p);
        return true;
    }
    if (errno != EEXIST || lstat(folder.p, &st) != 0)
        return err_set_errno(err, ERR_IO, "%s", folder.p);
    if (!S_ISDIR(st.st_mode) || st.st_uid != place->uid || (st.st_mode & 077) != 0)
        return err_set(err, ERR_CONFIG, "%s: has to be a folder of the server's user with mode 0700", folder.p);
    return true;
}

static bool make_log(struct arena *arena, const struct place *place, struct err *err)
{
    struct stat st;

    if (lstat(place->log.p, &st) == 0 && st.st_size > LOG_MOST)
        rename(place->log.p, arena_printf(arena, "%.*s.1", STR_ARG(place->log)).p);
    const int fd = open(place->log.p, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool good = fd >= 0 && (geteuid() != 0 || fchown(fd, place->uid, place->gid) == 0);

    if (!good)
        err_set_errno(err, ERR_IO, "%s", place->log.p);
    if (fd >= 0)
        close(fd);
    return good;
}

bool place_open(struct place *place, struct err *err)
{
    return find_user(place, err) && make_folders(place->root, err) && let_server_in(place, err);
}

bool place_prepare(struct arena *arena, const struct place *place, struct err *err)
{
    return make_private(place, place->socket, err) && make_log(arena, place, err);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

bool place_remove_tree(str path, struct err *err)
{
    if (nftw(path.p, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
        return true;
    return err_set_errno(err, ERR_IO, "%s", path.p);
}

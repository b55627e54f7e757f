#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/place.h"

/* In the child: nothing of the caller's but its terminal-free wits. PG* variables would steer the tools. */
static _Noreturn void become(const struct place *place, const char *const *argv, int out)
{
    static const char *const environment[] = {"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", NULL};
    const int nothing = open("/dev/null", O_RDONLY);

    if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(place->gid) != 0 || setuid(place->uid) != 0))
        _exit(126);
    umask(077);
    if (chdir("/") != 0 || dup2(nothing, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        _exit(126);
    execve(argv[0], (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
    _exit(127);
}

bool place_run_to(const struct place *place, const char *const *argv, int out, struct err *err)
{
    int status = -1;
    pid_t done;
    const pid_t child = fork();

    if (child == 0)
        become(place, argv, out);
    if (child < 0)
        return err_set_errno(err, ERR_IO, "%s", argv[0]);
    do
        done = waitpid(child, &status, 0);
    while (done < 0 && errno == EINTR);
    if (done < 0)
        return err_set_errno(err, ERR_IO, "%s", argv[0]);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    return err_set(err, ERR_DB, "%s failed (%s %d)", argv[0], WIFSIGNALED(status) ? "signal" : "exit status",
                   WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

static bool tells_why(str line)
{
    static const str signs[] = {
        {"FATAL:", 6}, {"error:", 6}, {"invalid value", 13}, {"unrecognized configuration", 26}};

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (str_find_nocase(line, signs[i]) != STR_NONE)
            return true;
    return false;
}

/* The line that says why, else the last one, of what was added to the log since `from`. */
static str reason(int fd, off_t from, char *room, size_t size)
{
    const off_t end = lseek(fd, 0, SEEK_END);
    const off_t start = end - from > (off_t)size ? end - (off_t)size : from;
    const ssize_t n = pread(fd, room, size, start);
    str text = {room, n > 0 ? (size_t)n : 0}, line, last = STR(""), why = STR("");

    while (str_take_line(&text, &line)) {
        if (str_trim(line).n)
            last = str_trim(line);
        if (why.n == 0 && tells_why(line))
            why = str_trim(line);
    }
    return why.n ? why : last;
}

bool place_run(const struct place *place, const char *const *argv, struct err *err)
{
    char room[4096];
    const int log = open(place->log.p, O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC);

    if (log < 0)
        return err_set_errno(err, ERR_IO, "%s", place->log.p);
    const off_t from = lseek(log, 0, SEEK_END);
    const bool good = place_run_to(place, argv, log, err);
    if (!good) {
        const str said = str_to(reason(log, from, room, sizeof room), 160);
        const enum err_kind kind = err->kind;
        char what[sizeof err->text];
        memcpy(what, err->text, sizeof what);
        err_set(err, kind, "database: %.120s: %.*s (log: %.160s)", what, STR_ARG(said), place->log.p);
    }
    close(log);
    return good;
}

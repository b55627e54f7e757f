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

/* The last line with text that was added since `from`. */
static str last_line(int fd, off_t from, char *room, size_t size)
{
    const off_t end = lseek(fd, 0, SEEK_END);
    const off_t start = end - from > (off_t)size ? end - (off_t)size : from;
    const ssize_t n = pread(fd, room, size, start);
    const str text = str_trim((str){room, n > 0 ? (size_t)n : 0});
    const size_t line = str_rfind_char(text, '\n');

    return line == STR_NONE ? text : str_from(text, line + 1);
}

bool place_run(const struct place *place, const char *const *argv, struct err *err)
{
    char room[256];
    const int log = open(place->log.p, O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC);

    if (log < 0)
        return err_set_errno(err, ERR_IO, "%s", place->log.p);
    const off_t from = lseek(log, 0, SEEK_END);
    const bool good = place_run_to(place, argv, log, err);
    if (!good) {
        const str said = last_line(log, from, room, sizeof room);
        const enum err_kind kind = err->kind;
        char what[sizeof err->text];
        memcpy(what, err->text, sizeof what);
        err_set(err, kind, "database: %.200s: %.*s (log: %s)", what, STR_ARG(said), place->log.p);
    }
    close(log);
    return good;
}

#include "serve/socketmap.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"

enum { DIGITS_MAX = 5, IN_BYTES = SOCKETMAP_MAX_BYTES + DIGITS_MAX + 2 };
#define REQUEST_US (15 * CLOCK_SECOND)
#define SWEEP_US (5 * CLOCK_SECOND)

struct connection {
    struct connection *next, **back; /* who points at it */
    struct socketmap *map;
    struct loop_fd *fd;
    int socket;
    char in[IN_BYTES];
    size_t in_n;
    int64_t begun_us; /* when the bytes of a request that is not whole yet came; 0: none */
    struct buf out;
    size_t sent;
};

struct socketmap {
    struct loop *loop;
    struct loop_fd *listener;
    struct loop_timer *sweep;
    int socket;
    struct sockaddr_un name;
    const struct lookup *const *lookup;
    struct connection *connections;
    size_t count;
    struct socketmap_counts counts;
};

/* ---------------------------------------------------------------- the protocol */

enum netstring netstring_take(str *in, str *content)
{
    size_t length = 0, digits = 0;

    for (; digits < in->n && str_is_digit(in->p[digits]); digits++) {
        if (digits == DIGITS_MAX || (digits > 0 && in->p[0] == '0'))
            return NETSTRING_BAD;
        length = length * 10 + (size_t)(in->p[digits] - '0');
    }
    if (length > SOCKETMAP_MAX_BYTES)
        return NETSTRING_BAD;
    if (digits == in->n)
        return NETSTRING_MORE;
    if (digits == 0 || in->p[digits] != ':')
        return NETSTRING_BAD;
    const str rest = str_from(*in, digits + 1);
    if (rest.n <= length)
        return NETSTRING_MORE;
    if (rest.p[length] != ',')
        return NETSTRING_BAD;
    *content = str_to(rest, length);
    *in = str_from(rest, length + 1);
    return NETSTRING_WHOLE;
}

static void say(struct buf *to, const char *verb, const char *more, str text)
{
    const size_t n = strlen(verb) + 1 + strlen(more) + text.n;

    buf_printf(to, "%zu:%s %s%.*s,", n, verb, more, STR_ARG(text));
}

static bool is_key(str key)
{
    for (size_t i = 0; i < key.n; i++)
        if ((unsigned char)key.p[i] <= ' ' || key.p[i] == 0x7f)
            return false;
    return key.n > 0 && key.n <= 320;
}

void socketmap_answer(const struct lookup *lookup, str request, struct buf *to, struct socketmap_counts *counts)
{
    str name;

    if (!str_take_until(&request, ' ', &name) || !str_eq(name, STR("suppression"))) {
        counts->refused++;
        say(to, "PERM", "", STR("there is one map here: suppression"));
        return;
    }
    if (!lookup || !is_key(request)) { /* a quoted local part with a blank is never on the list */
        counts->no_list += !lookup;
        counts->not_listed += lookup != NULL;
        say(to, "NOTFOUND", "", STR(""));
        return;
    }
    const str found = lookup_find(lookup, request);
    counts->listed += found.n > 0;
    counts->not_listed += found.n == 0;
    if (found.n)
        say(to, "OK", "REJECT ", found);
    else
        say(to, "NOTFOUND", "", STR(""));
}

/* ---------------------------------------------------------------- connections */

static void hang_up(struct connection *c)
{
    struct socketmap *map = c->map;

    *c->back = c->next;
    if (c->next)
        c->next->back = c->back;
    loop_fd_free(c->fd);
    close(c->socket);
    buf_free(&c->out);
    free(c);
    if (map->count-- == SOCKETMAP_CONNECTIONS)
        loop_fd_want(map->listener, true, false);
}

/* False: it is gone. While answers wait to be taken nothing more is read. */
static bool send_out(struct connection *c)
{
    while (c->sent < c->out.n) {
        const ssize_t n = send(c->socket, c->out.p + c->sent, c->out.n - c->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN) {
            loop_fd_want(c->fd, false, true);
            return true;
        }
        if (n <= 0) {
            hang_up(c);
            return false;
        }
        c->sent += (size_t)n;
    }
    c->sent = 0;
    buf_clear(&c->out);
    loop_fd_want(c->fd, true, false);
    return true;
}

static void answer_all(struct connection *c)
{
    str rest = {c->in, c->in_n}, request;
    enum netstring is;

    while ((is = netstring_take(&rest, &request)) == NETSTRING_WHOLE)
        socketmap_answer(*c->map->lookup, request, &c->out, &c->map->counts);
    if (is == NETSTRING_BAD) {
        c->map->counts.refused++;
        log_say(SAY_WARNING, "socketmap: a request that is none (limit %d bytes); connection closed", SOCKETMAP_MAX_BYTES);
        hang_up(c);
        return;
    }
    memmove(c->in, rest.p, rest.n);
    c->in_n = rest.n;
    c->begun_us = rest.n == 0 ? 0 : c->begun_us ? c->begun_us : clock_monotonic_us();
    send_out(c);
}

static void readable(void *self)
{
    struct connection *c = self;
    const ssize_t n = recv(c->socket, c->in + c->in_n, sizeof c->in - c->in_n, 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        hang_up(c);
        return;
    }
    c->in_n += (size_t)n;
    answer_all(c);
}

static void writable(void *self)
{
    send_out(self);
}

static void come_in(void *self)
{
    struct socketmap *map = self;
    const int fd = accept4(map->socket, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return;
    struct connection *c = mem_zero(1, sizeof *c);
    c->map = map;
    c->socket = fd;
    c->fd = loop_fd_new(map->loop, fd, readable, writable, c);
    c->next = map->connections;
    c->back = &map->connections;
    if (c->next)
        c->next->back = &c->next;
    map->connections = c;
    loop_fd_want(c->fd, true, false);
    if (++map->count == SOCKETMAP_CONNECTIONS) /* the others wait at the door */
        loop_fd_want(map->listener, false, false);
}

static void sweep(void *self)
{
    struct socketmap *map = self;
    const int64_t now_us = clock_monotonic_us();

    for (struct connection *c = map->connections, *next; c; c = next) {
        next = c->next;
        if (c->begun_us && now_us - c->begun_us > REQUEST_US)
            hang_up(c);
    }
    loop_timer_in(map->sweep, SWEEP_US);
}

/* ---------------------------------------------------------------- the socket */

/* A socket that nobody listens at any more is left over from a run that was killed. */
static bool clear_way(const struct sockaddr_un *name, struct err *err)
{
    struct stat st;

    if (lstat(name->sun_path, &st) != 0)
        return true;
    if (!S_ISSOCK(st.st_mode))
        return err_set(err, ERR_CONFIG, "%s: is there and is no socket", name->sun_path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const bool lives = fd >= 0 && (connect(fd, (const struct sockaddr *)name, sizeof *name) == 0 || errno == EAGAIN);
    if (fd >= 0)
        close(fd);
    if (lives)
        return err_set(err, ERR_CONFIG, "%s: another service listens there", name->sun_path);
    unlink(name->sun_path);
    return true;
}

static bool listen_at(struct socketmap *map, struct err *err)
{
    const struct sockaddr *name = (const struct sockaddr *)&map->name;

    map->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (map->socket < 0 || bind(map->socket, name, sizeof map->name) != 0 || chmod(map->name.sun_path, 0666) != 0 ||
        listen(map->socket, SOMAXCONN) != 0)
        return err_set_errno(err, ERR_IO, "%s", map->name.sun_path);
    return true;
}

struct socketmap *socketmap_new(struct loop *loop, const char *path, const struct lookup *const *lookup, struct err *err)
{
    struct socketmap *map = mem_zero(1, sizeof *map);

    map->loop = loop;
    map->lookup = lookup;
    map->socket = -1;
    map->name.sun_family = AF_UNIX;
    const size_t n = strlen(path);
    bool ok = n < sizeof map->name.sun_path ||
              err_set(err, ERR_CONFIG, "%s: too long for a socket (limit %zu bytes)", path, sizeof map->name.sun_path - 1);
    if (ok)
        memcpy(map->name.sun_path, path, n);
    if (!ok || !clear_way(&map->name, err) || !listen_at(map, err)) {
        if (map->socket >= 0)
            close(map->socket);
        free(map);
        return NULL;
    }
    map->listener = loop_fd_new(loop, map->socket, come_in, come_in, map);
    map->sweep = loop_timer_new(loop, sweep, map);
    loop_fd_want(map->listener, true, false);
    loop_timer_in(map->sweep, SWEEP_US);
    return map;
}

void socketmap_free(struct socketmap *map)
{
    if (!map)
        return;
    unlink(map->name.sun_path);
    while (map->connections)
        hang_up(map->connections);
    loop_fd_free(map->listener);
    loop_timer_free(map->sweep);
    close(map->socket);
    free(map);
}

struct socketmap_counts socketmap_counts(const struct socketmap *map)
{
    return map ? map->counts : (struct socketmap_counts){0};
}

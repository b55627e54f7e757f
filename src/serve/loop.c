#include "serve/loop.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/stop.h"

struct loop {
    struct event_base *base;
    struct event *stop; /* a signal's handler only sets a flag: this looks at it */
};

struct loop_fd {
    struct event *reading, *writing;
    bool reads, writes; /* added to the loop */
    loop_fn *readable, *writable;
    void *self;
};

struct loop_timer {
    struct event *event;
    loop_fn *fire;
    void *self;
};

struct loop_signal {
    struct event *event;
    loop_fn *came;
    void *self;
};

static struct timeval interval(int64_t us)
{
    return (struct timeval){us / 1000000, us % 1000000};
}

static void look_for_stop(evutil_socket_t fd, short what, void *self)
{
    (void)fd;
    (void)what;
    if (stop_requested())
        loop_end(self);
}

struct loop *loop_new(struct err *err)
{
    const struct timeval every = interval(LOOP_STOP_US);
    struct loop *loop = mem_zero(1, sizeof *loop);

    loop->base = event_base_new();
    loop->stop = loop->base ? event_new(loop->base, -1, EV_PERSIST, look_for_stop, loop) : NULL;
    if (!loop->stop || event_add(loop->stop, &every) != 0) {
        err_set(err, ERR_IO, "no event loop: the system has no way to wait for descriptors");
        loop_free(loop);
        return NULL;
    }
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    if (loop->stop)
        event_free(loop->stop);
    if (loop->base)
        event_base_free(loop->base);
    free(loop);
}

void loop_run(struct loop *loop)
{
    if (!stop_requested())
        event_base_dispatch(loop->base);
}

void loop_end(struct loop *loop)
{
    event_base_loopbreak(loop->base);
}

struct event_base *loop_base(struct loop *loop)
{
    return loop->base;
}

/* ---------------------------------------------------------------- descriptors */

static void on_fd(evutil_socket_t fd, short what, void *self)
{
    const struct loop_fd *f = self;

    (void)fd;
    if (what & EV_READ)
        f->readable(f->self);
    else
        f->writable(f->self);
}

struct loop_fd *loop_fd_new(struct loop *loop, int fd, loop_fn *readable, loop_fn *writable, void *self)
{
    struct loop_fd *f = mem_zero(1, sizeof *f);

    f->readable = readable;
    f->writable = writable;
    f->self = self;
    f->reading = event_new(loop->base, fd, EV_READ | EV_PERSIST, on_fd, f);
    f->writing = event_new(loop->base, fd, EV_WRITE | EV_PERSIST, on_fd, f);
    return f;
}

static void want(struct event *event, bool *now, bool then)
{
    if (*now == then)
        return;
    *now = then;
    if (then)
        event_add(event, NULL);
    else
        event_del(event);
}

void loop_fd_want(struct loop_fd *fd, bool reading, bool writing)
{
    want(fd->reading, &fd->reads, reading);
    want(fd->writing, &fd->writes, writing);
}

void loop_fd_free(struct loop_fd *fd)
{
    if (!fd)
        return;
    event_free(fd->reading);
    event_free(fd->writing);
    free(fd);
}

/* ---------------------------------------------------------------- times */

static void on_time(evutil_socket_t fd, short what, void *self)
{
    const struct loop_timer *timer = self;

    (void)fd;
    (void)what;
    timer->fire(timer->self);
}

struct loop_timer *loop_timer_new(struct loop *loop, loop_fn *fire, void *self)
{
    struct loop_timer *timer = mem_zero(1, sizeof *timer);

    timer->fire = fire;
    timer->self = self;
    timer->event = event_new(loop->base, -1, 0, on_time, timer);
    return timer;
}

void loop_timer_in(struct loop_timer *timer, int64_t after_us)
{
    const struct timeval after = interval(after_us > 0 ? after_us : 0);

    event_add(timer->event, &after);
}

void loop_timer_free(struct loop_timer *timer)
{
    if (!timer)
        return;
    event_free(timer->event);
    free(timer);
}

/* ---------------------------------------------------------------- signals */

static void on_signal(evutil_socket_t number, short what, void *self)
{
    const struct loop_signal *signal = self;

    (void)number;
    (void)what;
    signal->came(signal->self);
}

struct loop_signal *loop_signal_new(struct loop *loop, int signal_number, loop_fn *came, void *self)
{
    struct loop_signal *signal = mem_zero(1, sizeof *signal);

    signal->came = came;
    signal->self = self;
    signal->event = event_new(loop->base, signal_number, EV_SIGNAL | EV_PERSIST, on_signal, signal);
    event_add(signal->event, NULL);
    return signal;
}

void loop_signal_free(struct loop_signal *signal)
{
    if (!signal)
        return;
    event_free(signal->event);
    free(signal);
}

#include "serve/follow.h"

#include <stdlib.h>

#include "base/arena.h"

#define BREATH_US (INT64_C(100) * 1000)

struct follow {
    struct loop *loop;
    struct pipeline_follow *files;
    struct loop_fd *fd;
    struct loop_timer *breath, *due;
    loop_fn *after_step;
    void *self;
    struct err err;
};

static void step(void *self)
{
    struct follow *f = self;

    loop_fd_want(f->fd, false, false);
    if (!pipeline_follow_step(f->files, &f->err)) {
        loop_end(f->loop);
        return;
    }
    if (f->after_step)
        f->after_step(f->self);
    const int64_t wait_us = pipeline_follow_wait_us(f->files);
    loop_timer_in(f->breath, BREATH_US);
    loop_timer_in(f->due, wait_us > BREATH_US ? wait_us : BREATH_US);
}

static void listen_again(void *self)
{
    struct follow *f = self;

    loop_fd_want(f->fd, true, false);
}

struct follow *follow_new(struct loop *loop, struct pipeline_follow *files, loop_fn *after_step, void *self)
{
    struct follow *f = mem_zero(1, sizeof *f);

    f->loop = loop;
    f->files = files;
    f->after_step = after_step;
    f->self = self;
    f->fd = loop_fd_new(loop, pipeline_follow_fd(files), step, step, f);
    f->breath = loop_timer_new(loop, listen_again, f);
    f->due = loop_timer_new(loop, step, f);
    loop_timer_in(f->due, 0);
    return f;
}

void follow_free(struct follow *follow)
{
    if (!follow)
        return;
    loop_fd_free(follow->fd);
    loop_timer_free(follow->breath);
    loop_timer_free(follow->due);
    free(follow);
}

bool follow_ok(const struct follow *follow, struct err *err)
{
    if (follow->err.kind == ERR_NONE)
        return true;
    *err = follow->err;
    return false;
}

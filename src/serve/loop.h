/*
 * loop - waiting for descriptors, times and signals (libevent; this file and http.c are its doors).
 *
 * A loop belongs to one thread, which makes it, runs it and frees it; several threads may have one each. Told to stop
 * (base/stop.h), every loop ends within LOOP_STOP_US.
 *
 * Ownership  what is registered belongs to the caller and is freed before its loop; the callbacks borrow `self`.
 * Errors     ERR_IO: the system has no means to wait.
 */
#pragma once
#include <stdint.h>

#include "base/err.h"

#define LOOP_STOP_US (INT64_C(200) * 1000)

struct loop;
typedef void loop_fn(void *self);

struct loop *loop_new(struct err *err);
void loop_free(struct loop *loop);
/* Until loop_end() or the operator's stop. */
void loop_run(struct loop *loop);
void loop_end(struct loop *loop); /* from a callback of this loop */

/* A descriptor: which of the two may be wanted changes with loop_fd_want(). At first it is neither. */
struct loop_fd;
struct loop_fd *loop_fd_new(struct loop *loop, int fd, loop_fn *readable, loop_fn *writable, void *self);
void loop_fd_want(struct loop_fd *fd, bool reading, bool writing);
void loop_fd_free(struct loop_fd *fd);

/* Once, after a time; set again as often as wanted. May be freed and set from its own callback. */
struct loop_timer;
struct loop_timer *loop_timer_new(struct loop *loop, loop_fn *fire, void *self);
void loop_timer_in(struct loop_timer *timer, int64_t after_us);
void loop_timer_free(struct loop_timer *timer);

struct loop_signal;
struct loop_signal *loop_signal_new(struct loop *loop, int signal_number, loop_fn *came, void *self);
void loop_signal_free(struct loop_signal *signal);

/* For http.c: what evhttp hangs on. */
struct event_base;
struct event_base *loop_base(struct loop *loop);

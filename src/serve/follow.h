/*
 * follow - pipeline_follow on a loop: a step when files moved or something is due, then a breath, so that a log written
 * a thousand times a second wakes us ten times.
 *
 * Ownership  borrows loop and pipeline_follow.
 * Errors     kept: after an error the loop is ended, and follow_ok() tells it.
 */
#pragma once
#include "pipeline_follow.h"
#include "serve/loop.h"

struct follow;

/* after_step may be NULL. */
struct follow *follow_new(struct loop *loop, struct pipeline_follow *files, loop_fn *after_step, void *self);
void follow_free(struct follow *follow);
bool follow_ok(const struct follow *follow, struct err *err);

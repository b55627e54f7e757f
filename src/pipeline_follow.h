/*
 * pipeline_follow - the pipeline on growing logs and filling Maildirs: what is written is read, a batch a transaction.
 *
 * The owner's loop waits until pipeline_follow_fd() is readable or pipeline_follow_wait_us() is over, then calls
 * pipeline_follow_step(). A busy log is read at most five times a second; mail is joined and the policy runs (the
 * whole sweep now and then) once something was committed, seldom enough to stay a small part of the work.
 *
 * Rotation by rename, copytruncate and compression: the watcher (intake/watch.h) tells them, the stored position
 * decides what was read. Rotated forms beside a log are read on where they are known: what was written while
 * nobody followed stands there.
 *
 * Ownership  borrows the pipeline; pipeline_follow_use() gives it another one, made with new rules or settings.
 * Errors     trouble with one file is told once and tried again, later and later (1 s to 60 s); so is trouble with the
 *            database or the disk. False: told to stop, or nothing that waiting would mend.
 * Limits     a mailbox file, and a file of figures, is read whole each time it grew, 2 s after it was last written to.
 */
#pragma once
#include "pipeline.h"

struct pipeline_follow;

struct pipeline_follow *pipeline_follow_new(struct pipeline *pipeline, struct err *err);
void pipeline_follow_free(struct pipeline_follow *follow);
void pipeline_follow_use(struct pipeline_follow *follow, struct pipeline *pipeline);
/* A log, there already or not yet, or a Maildir. A name that is followed already is left alone.
 * ERR_CONFIG for stdin, pipes and other folders. */
bool pipeline_follow_add(struct pipeline_follow *follow, const char *path, struct err *err);
/* Reads all that is there by now, as pipeline_ingest() does, and the rest of rotated forms that are known. */
bool pipeline_follow_start(struct pipeline_follow *follow, struct err *err);

int pipeline_follow_fd(const struct pipeline_follow *follow);
bool pipeline_follow_step(struct pipeline_follow *follow, struct err *err);
/* When the next step is due although nothing happens. */
int64_t pipeline_follow_wait_us(const struct pipeline_follow *follow);

struct pipeline_follow_state {
    uint64_t policy_runs; /* so far */
    bool database_away;   /* the last step could not write */
    int64_t behind_us;    /* how long what was seen to be there waits to be read; 0: nothing waits */
};
struct pipeline_follow_state pipeline_follow_state(const struct pipeline_follow *follow);

/*
 * progress - how far a run is, drawn at most ten times a second.
 *
 * The stages count; cli/ gives a draw function when stderr is a terminal, else nothing is drawn and
 * counting costs an addition. Compressed inputs count the bytes read from disk, so that the share is right.
 *
 * Ownership  struct progress is a value of the run; it borrows draw's self.
 */
#pragma once
#include "base/str.h"

struct progress {
    uint64_t total_bytes; /* of all inputs on disk; 0 = not known (stdin) */
    uint64_t done_bytes;
    uint64_t lines, mails, events;
    const char *stage; /* "reading", "joining", "indexing" ... */
    void (*draw)(void *self, const struct progress *progress);
    void *self;
    int64_t started_us, drawn_us; /* monotonic */
};

void progress_start(struct progress *progress, uint64_t total_bytes);
/* Call after each batch: draws when it is time. */
void progress_tick(struct progress *progress);
void progress_stage(struct progress *progress, const char *stage); /* draws at once */
/* The last drawing, with stage NULL: the drawer wipes the line. */
void progress_end(struct progress *progress);

double progress_share(const struct progress *progress);   /* 0..1; 0 without a total */
double progress_seconds(const struct progress *progress); /* since the start */
double progress_bytes_per_second(const struct progress *progress);
double progress_seconds_left(const struct progress *progress); /* -1 = not known */

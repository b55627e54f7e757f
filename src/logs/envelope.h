/*
 * envelope - what stands around a relay's line: syslog and its many relatives.
 *
 * BSD syslog with and without year, host or PRI; ISO stamps; RFC 5424; journalctl short,
 * json and export; Docker json-file; CRI; compose and kubectl prefixes.
 *
 * Years: BSD stamps have none. The reader is given the year of the first line (see
 * envelope_year()) and walks forward: a month that falls back by more than six is a new
 * year. Zones: stamps without one are local time of `zone` (as base/zone.h
 * takes it, "local" the system's; NULL, or a name that is no zone: UTC).
 *
 * A relay's own ISO stamp ("2026-03-03 09:05:01 1xVO3K-... <= ..." of Exim) is peeled as well;
 * such a line has no host and no program.
 *
 * Ownership  struct envelope is one input's state; views answered live until the next line.
 */
#pragma once
#include "base/arena.h"
#include "base/clock.h"
#include "logs/formats.h"

struct envelope;

struct envelope *envelope_new(const char *zone);
void envelope_free(struct envelope *envelope);
void envelope_reset(struct envelope *envelope);
/* The year that the next year-less stamp belongs to; 0 = not known. Kept with the input between runs. */
void envelope_set_year(struct envelope *envelope, int year, int month);
int envelope_year(const struct envelope *envelope, int *month);

enum envelope_result {
    ENVELOPE_NONE = 0, /* no known stamp: line->message is the whole text, at_us CLOCK_NONE */
    ENVELOPE_LINE,     /* *line is filled */
    ENVELOPE_PART,     /* part of a record (CRI P, docker split, journal export): more lines are needed */
    ENVELOPE_NOTE,     /* "-- Boot ... --" and the like: nothing of a relay */
};

enum envelope_result envelope_peel(struct envelope *envelope, str text, struct log_line *line);

/* Month and day of a year-less stamp at the front of text; false when it has a year or is none. */
bool envelope_yearless(str text, int *month, int *day);
/* The newest year that puts a log ending at `last` (starting at `first`) at or before now + 1 day: the
 * year of its first line. Takes whole year-less lines; 0 when the lines have years themselves. */
int envelope_first_year(str first, str last, int64_t now_us);

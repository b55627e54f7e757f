/*
 * stamp - the time stamps that open log lines.
 *
 * BSD "Mar  3 09:05:01" (RFC 3164 4.1.2) with its variants: year in front or behind, fraction,
 * day padded with a blank, a zero or nothing; ISO 8601 with or without zone; systemd's
 * "Tue 2026-03-03 09:05:01 UTC"; Unix seconds with a fraction.
 *
 * A stamp without a year takes the walking year: December after January's first days is a
 * late line of the year before, a month that falls back by more than six opens a new year.
 *
 * Ownership  struct stamps is a value; stamps_free() gives back its zone.
 * Errors     takers answer false and move nothing.
 */
#pragma once
#include "base/clock.h"
#include "base/zone.h"
#include "model/log_event.h"

struct stamps {
    struct zone *zone;    /* of stamps without one; NULL = UTC */
    int year, month, day; /* of the last year-less stamp; year 0 = not known */
    char last[16];        /* the last plain BSD stamp with the blank behind it, and its time */
    int64_t last_us;
    char last_iso[20]; /* the last plain ISO stamp without a zone, and its time */
    int64_t last_iso_us;
};

void stamps_free(struct stamps *stamps);
void stamps_reset(struct stamps *stamps); /* a new input: no year, no stamp before */

/* "Mar  3 09:05:01" and its variants, with the blanks behind it. */
bool stamp_take_bsd(struct stamps *stamps, str *in, int64_t *at_us, enum log_quality *quality);
/* "2026-03-03T09:05:01.123+01:00"; "T" may be a blank and the zone may be missing. */
bool stamp_take_iso(struct stamps *stamps, str *in, int64_t *at_us, enum log_quality *quality);
/* "Tue 2026-03-03 09:05:01 UTC" (journalctl short-full). */
bool stamp_take_weekday(struct stamps *stamps, str *in, int64_t *at_us, enum log_quality *quality);
/* "1772528701.123456" (journalctl short-unix). */
bool stamp_take_unix(str *in, int64_t *at_us);
/* The time of a wall clock's reading in the input's zone. */
int64_t stamps_utc(struct stamps *stamps, int64_t local_us);

/* Month and day of a year-less BSD stamp at the front of text. */
bool stamp_yearless(str text, int *month, int *day);
/* The newest year not after `year` in which the date exists (29 February decides by that) and begins before limit_us.
 */
int stamp_newest_year(int year, int month, int day, int64_t limit_us);

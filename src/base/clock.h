/*
 * clock - times as microseconds since 1970-01-01 UTC (int64_t, "at_us").
 *
 * CLOCK_NONE stands for "unknown". Calendar arithmetic is proleptic Gregorian
 * and pure: no locale, no environment but where a zone is asked for.
 */
#pragma once
#include "base/str.h"

#define CLOCK_NONE INT64_MIN
#define CLOCK_SECOND INT64_C(1000000)
#define CLOCK_MINUTE (60 * CLOCK_SECOND)
#define CLOCK_HOUR (60 * CLOCK_MINUTE)
#define CLOCK_DAY (24 * CLOCK_HOUR)

int64_t clock_now_us(void);       /* wall clock */
int64_t clock_monotonic_us(void); /* for durations */
int64_t clock_cpu_us(void);       /* CPU time of this process */

/* Days since 1970-01-01 of a civil date; month 1..12. */
int64_t clock_days(int year, int month, int day);
void clock_civil(int64_t days, int *year, int *month, int *day);
/* The start of the hour or day (UTC) that holds at_us; right before 1970 too. */
int64_t clock_floor(int64_t at_us, int64_t unit_us);

/* RFC 3339, as 2026-03-03T09:05:01[.fraction](Z|+01:00|+0100); a blank may stand for T. Takes it off *in. */
bool clock_take_rfc3339(str *in, int64_t *at_us);
/* RFC 5322 date-time of a mail header, with its obsolete zones and comments; false when it is none. */
bool clock_parse_rfc5322(str text, int64_t *at_us);
/* A duration as people write it: 90s, 15m, 36h, 7d, 4w; no unit is refused. */
bool clock_parse_age(str text, int64_t *age_us);

enum { CLOCK_TEXT = 32 };
/* "2026-03-03T09:05:01Z", with milliseconds only when there are any. Answers out. */
const char *clock_text(int64_t at_us, char out[CLOCK_TEXT]);
const char *clock_date_text(int64_t at_us, char out[CLOCK_TEXT]); /* 2026-03-03 */

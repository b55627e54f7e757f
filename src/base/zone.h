/*
 * zone - wall clocks of named time zones turned into UTC (door to GLib's GTimeZone, which
 * reads the system's tzdata and POSIX TZ strings).
 *
 * Ownership  zone_new() and zone_free() are a pair; zone_free(NULL) is fine.
 * Errors     zone_new() answers NULL for a name that is no zone.
 */
#pragma once
#include "base/clock.h"

struct zone;

/* "Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3", "+01:00"; "local" is the system's zone. */
struct zone *zone_new(const char *name);
void zone_free(struct zone *zone);
/*
 * The UTC time of a wall clock's reading (local_us counts it as if it were UTC). The hour that
 * repeats when summer time ends is read as its first pass, unless that lies more than ten minutes
 * before `before_us`, the time of the line before (CLOCK_NONE: none).
 */
int64_t zone_utc(const struct zone *zone, int64_t local_us, int64_t before_us);

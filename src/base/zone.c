#include "base/zone.h"

#include <glib.h>
#include <stdlib.h>

#include "base/arena.h"

struct zone {
    GTimeZone *tz;
};

struct zone *zone_new(const char *name)
{
    GTimeZone *tz = strcmp(name, "local") == 0 ? g_time_zone_new_local() : g_time_zone_new_identifier(name);

    if (!tz)
        return NULL;
    struct zone *zone = mem_zero(1, sizeof *zone);
    zone->tz = tz;
    return zone;
}

void zone_free(struct zone *zone)
{
    if (!zone)
        return;
    g_time_zone_unref(zone->tz);
    free(zone);
}

static int64_t utc_as(const struct zone *zone, GTimeType type, int64_t local_us)
{
    gint64 local_s = local_us / CLOCK_SECOND;
    const int interval = g_time_zone_adjust_time(zone->tz, type, &local_s); /* moves readings that never were */

    return local_us - g_time_zone_get_offset(zone->tz, interval) * CLOCK_SECOND;
}

int64_t zone_utc(const struct zone *zone, int64_t local_us, int64_t before_us)
{
    const int64_t first = utc_as(zone, G_TIME_TYPE_DAYLIGHT, local_us);

    if (before_us == CLOCK_NONE || first >= before_us - 10 * CLOCK_MINUTE)
        return first;
    const int64_t second = utc_as(zone, G_TIME_TYPE_STANDARD, local_us);
    return second >= before_us - 10 * CLOCK_MINUTE ? second : first;
}

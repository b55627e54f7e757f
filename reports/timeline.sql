-- title: Timeline
-- promise: When mail was attempted, delivered, deferred and refused: by hour up to three days, by day beyond.
-- layout: series
-- takes: provider node egress stream
-- column: time | Time | time | start of the hour or day, UTC
-- column: attempted | Attempted | messages | tried for the first time
-- column: delivered | Delivered | messages | accepted by the receiver
-- column: deferred | Deferred | messages | put off for the first time
-- column: failed | Failed | messages | refused, expired or returned
-- column: deferred_attempts | Deferred attempts | attempts | tries that ended with "later"
-- column: attempts | Attempts | attempts detail | tries at remote hosts
-- column: handed_over | Handed over | messages detail | accepted by a smarthost
-- column: failed_sync | Refused | messages detail | refused for good while we were connected
-- column: failed_async | Bounced later | messages detail | accepted first, returned afterwards
-- column: expired | Expired | messages detail | given up at the end of their queue time
-- column: blocked | Blocked | messages detail | met their first refusal that is about us
WITH hours AS (
    SELECT hour, sum(attempted) AS attempted,
           coalesce(sum(n) FILTER (WHERE outcome = 'D'), 0) AS delivered,
           coalesce(sum(n) FILTER (WHERE outcome = 'H'), 0) AS handed_over,
           coalesce(sum(n) FILTER (WHERE outcome = 'F'), 0) AS failed_sync,
           coalesce(sum(n) FILTER (WHERE outcome = 'A'), 0) AS failed_async,
           coalesce(sum(n) FILTER (WHERE outcome = 'X'), 0) AS expired,
           sum(first_deferred) AS deferred, sum(attempts) AS attempts, sum(blocked) AS blocked,
           coalesce(sum(attempts) FILTER (WHERE outcome = 'Q'), 0) AS deferred_attempts
      FROM rollup_hour
     WHERE direction = 's'
       AND ($3 = 'event' OR cohort >= $1 AND cohort < $2)
       AND ($3 = 'cohort' OR hour >= $1 AND hour < $2)
       AND ($4 IS NULL OR provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($6 IS NULL OR egress_id IN (SELECT egress_id FROM egress WHERE name = $6))
       AND ($7 IS NULL OR stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
     GROUP BY hour
), span AS (
    SELECT min(hour) AS first, max(hour) AS last,
           CASE WHEN max(hour) - min(hour) < interval '3 days' THEN 'hour' ELSE 'day' END AS unit
      FROM hours
), buckets AS (
    SELECT date_trunc(s.unit, h.hour) AS time, sum(attempted) AS attempted, sum(delivered) AS delivered,
           sum(deferred) AS deferred, sum(failed_sync + expired + failed_async) AS failed,
           sum(deferred_attempts) AS deferred_attempts, sum(attempts) AS attempts, sum(handed_over) AS handed_over,
           sum(failed_sync) AS failed_sync, sum(failed_async) AS failed_async, sum(expired) AS expired,
           sum(blocked) AS blocked
      FROM hours h CROSS JOIN span s
     GROUP BY date_trunc(s.unit, h.hour)
), every AS (
    -- No gaps, so that a silent night shows; at most a year of days.
    SELECT t.time
      FROM span s
     CROSS JOIN generate_series(greatest(date_trunc(s.unit, s.first), date_trunc(s.unit, s.last) - interval '400 days'),
                                date_trunc(s.unit, s.last), ('1 ' || s.unit)::interval) AS t (time)
)
SELECT time, coalesce(attempted, 0)::bigint AS attempted, coalesce(delivered, 0)::bigint AS delivered,
       coalesce(deferred, 0)::bigint AS deferred, coalesce(failed, 0)::bigint AS failed,
       coalesce(deferred_attempts, 0)::bigint AS deferred_attempts, coalesce(attempts, 0)::bigint AS attempts,
       coalesce(handed_over, 0)::bigint AS handed_over, coalesce(failed_sync, 0)::bigint AS failed_sync,
       coalesce(failed_async, 0)::bigint AS failed_async, coalesce(expired, 0)::bigint AS expired,
       coalesce(blocked, 0)::bigint AS blocked
  FROM every
  LEFT JOIN buckets USING (time)
 ORDER BY time;

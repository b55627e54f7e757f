-- title: Trends
-- promise: Attempts, deliveries and failures of each of the larger providers, by hour up to three days, by day beyond.
-- takes: provider node egress stream
-- column: provider | Provider | text | who answered
-- column: time | Time | time | start of the hour or day, UTC
-- column: attempted | Attempted | messages | tried for the first time
-- column: delivered | Delivered | messages | accepted
-- column: failed | Failed | messages | refused, expired or returned
-- column: deferred | Deferred | messages | put off for the first time
WITH hours AS (
    SELECT provider_id, hour, sum(attempted) AS attempted,
           coalesce(sum(n) FILTER (WHERE outcome = 'D'), 0) AS delivered,
           coalesce(sum(n) FILTER (WHERE outcome IN ('F', 'X', 'A')), 0) AS failed, sum(first_deferred) AS deferred
      FROM rollup_hour
     WHERE direction = 's'
       AND ($3 = 'event' OR cohort >= $1 AND cohort < $2)
       AND ($3 = 'cohort' OR hour >= $1 AND hour < $2)
       AND ($4 IS NULL OR provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($6 IS NULL OR egress_id IN (SELECT egress_id FROM egress WHERE name = $6))
       AND ($7 IS NULL OR stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
     GROUP BY provider_id, hour
    HAVING sum(n) <> 0 OR sum(attempted) <> 0
), unit AS (
    SELECT CASE WHEN max(hour) - min(hour) < interval '3 days' THEN 'hour' ELSE 'day' END AS unit FROM hours
), ranked AS (
    SELECT provider_id, sum(attempted) AS size, row_number() OVER (ORDER BY sum(attempted) DESC, provider_id) AS rank
      FROM hours
     GROUP BY provider_id
), sums AS (
    SELECT h.provider_id, date_trunc(u.unit, h.hour) AS time, sum(attempted) AS attempted, sum(delivered) AS delivered,
           sum(failed) AS failed, sum(deferred) AS deferred
      FROM hours h CROSS JOIN unit u
     GROUP BY h.provider_id, date_trunc(u.unit, h.hour)
)
SELECT coalesce(p.provider, 'other') AS provider, s.time, s.attempted::bigint, s.delivered::bigint, s.failed::bigint,
       s.deferred::bigint
  FROM sums s
  JOIN ranked r ON r.provider_id = s.provider_id
  LEFT JOIN provider p ON p.provider_id = s.provider_id
 WHERE r.rank <= least($9, 50)
 ORDER BY r.rank, s.time;

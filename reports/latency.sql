-- title: Time to deliver
-- promise: How long deliveries took from injection, and in which step, by provider.
-- takes: provider node stream
-- column: provider | Provider | text | (all) is every one together
-- column: phase | Step | text | all, before the queue manager, in the queue, connecting, sending
-- column: deliveries | Deliveries | messages | with a known delay
-- column: p50 | p50 | seconds | half were faster
-- column: p90 | p90 | seconds | nine of ten were faster
-- column: p99 | p99 | seconds | 99 of 100 were faster; 442 s means 442 s or more
-- From counts in 28 logarithmic buckets: between two edges (a factor of 1.65) the value is interpolated.
WITH sums AS (
    SELECT provider_id, phase, ARRAY[
           sum(buckets[1]), sum(buckets[2]), sum(buckets[3]), sum(buckets[4]), sum(buckets[5]), sum(buckets[6]),
           sum(buckets[7]), sum(buckets[8]), sum(buckets[9]), sum(buckets[10]), sum(buckets[11]), sum(buckets[12]),
           sum(buckets[13]), sum(buckets[14]), sum(buckets[15]), sum(buckets[16]), sum(buckets[17]), sum(buckets[18]),
           sum(buckets[19]), sum(buckets[20]), sum(buckets[21]), sum(buckets[22]), sum(buckets[23]), sum(buckets[24]),
           sum(buckets[25]), sum(buckets[26]), sum(buckets[27]), sum(buckets[28])] AS buckets
      FROM rollup_delay
     WHERE ($3 = 'event' OR cohort >= $1 AND cohort < $2)
       AND ($3 = 'cohort' OR hour >= $1 AND hour < $2)
       AND ($4 IS NULL OR provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($7 IS NULL OR stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
     GROUP BY provider_id, phase
), flat AS (
    SELECT s.provider_id, s.phase, b.i, coalesce(b.n, 0) AS n
      FROM sums s CROSS JOIN unnest(s.buckets) WITH ORDINALITY AS b (n, i)
), both_ways AS (
    SELECT provider_id, phase, i, n FROM flat
    UNION ALL
    SELECT NULL, phase, i, sum(n) FROM flat GROUP BY phase, i
), bucket AS (
    SELECT provider_id, phase, i, n, sum(n) OVER (PARTITION BY provider_id, phase ORDER BY i) AS below,
           sum(n) OVER (PARTITION BY provider_id, phase) AS total
      FROM both_ways
), wanted AS (
    SELECT b.provider_id, b.phase, b.total, w.share,
           CASE WHEN b.i = 28 THEN exp(13.0) - 1
                ELSE exp((b.i - 2 + (w.share * b.total - b.below + b.n) / b.n) / 2) - 1 END / 1000 AS seconds
      FROM bucket b CROSS JOIN (VALUES (0.5), (0.9), (0.99)) AS w (share)
     WHERE b.n > 0 AND b.below >= w.share * b.total AND b.below - b.n < w.share * b.total
)
SELECT CASE WHEN w.provider_id IS NULL THEN '(all)' ELSE coalesce(p.provider, 'other') END AS provider,
       (ARRAY['all', 'before the queue', 'in the queue', 'connecting', 'sending'])[w.phase + 1] AS phase,
       w.total::bigint AS deliveries,
       min(w.seconds) FILTER (WHERE w.share = 0.5)::float8 AS p50,
       min(w.seconds) FILTER (WHERE w.share = 0.9)::float8 AS p90,
       min(w.seconds) FILTER (WHERE w.share = 0.99)::float8 AS p99
  FROM wanted w
  LEFT JOIN provider p ON p.provider_id = w.provider_id
 GROUP BY w.provider_id, p.provider, w.phase, w.total
 ORDER BY w.provider_id IS NOT NULL, max(w.total) OVER (PARTITION BY w.provider_id) DESC, 1, w.phase
 LIMIT $9;

-- A day's facts into the roll-up by domain.
--   $1 day
INSERT INTO rollup_domain AS r (node_id, day, cohort, domain_id, provider_id, stream_id, direction, outcome,
                                signature_id, n, attempted, final)
SELECT node_id, $1::date, cohort, domain_id, provider_id, stream_id, direction, outcome, signature_id, sum(weight),
       coalesce(sum(weight) FILTER (WHERE attempt_flags & 2 <> 0), 0), coalesce(sum(weight) FILTER (WHERE attempt_flags & 16 <> 0), 0)
  FROM event
 WHERE occurred_at >= $1::date::timestamptz AND occurred_at < ($1::date + 1)::timestamptz
   AND NOT EXISTS (SELECT FROM sealed_day WHERE day = $1::date)
 GROUP BY node_id, cohort, domain_id, provider_id, stream_id, direction, outcome, signature_id
ON CONFLICT (node_id, day, cohort, domain_id, provider_id, stream_id, direction, outcome, signature_id) DO UPDATE
SET n = r.n + excluded.n, attempted = r.attempted + excluded.attempted, final = r.final + excluded.final;

-- What the service exports as metrics from roll-ups and small tables: family, up to three labels (NULL: none), value.
-- A histogram's rows come in the order of their bounds, counted up. No label holds anything that others choose.
WITH hours AS (
    SELECT p.provider, r.outcome, sum(r.attempts) AS attempts, sum(r.n) AS n
      FROM rollup_hour r JOIN provider p USING (provider_id)
     WHERE r.direction = 's'
     GROUP BY 1, 2
), named (outcome, name) AS (
    VALUES ('D'::"char", 'delivered'), ('H', 'handed_over'), ('Q', 'deferred'), ('F', 'failed_sync'), ('X', 'expired'),
           ('A', 'failed_async'), ('S', 'suppressed'), ('E', 'local_error'), ('L', 'lost')
), failure AS (
    SELECT p.provider, c.category, c.fault, c.class, sum(f.n) FILTER (WHERE f.outcome IN ('F', 'X', 'A')) AS n,
           sum(f.attempts) AS attempts
      FROM rollup_failure f JOIN provider p USING (provider_id) JOIN signature s USING (signature_id)
      JOIN category c ON c.category = s.category
     WHERE f.direction = 's'
     GROUP BY 1, 2, 3, 4
), delay AS (
    SELECT b.i, sum(b.n) AS n
      FROM rollup_delay d CROSS JOIN unnest(d.buckets) WITH ORDINALITY AS b (n, i)
     WHERE d.phase = 0
     GROUP BY 1
), family (place, name, l1, v1, l2, v2, l3, v3, value) AS (
    SELECT 1, 'rebound_attempts_total', 'provider', provider, 'result', name, NULL, NULL, attempts::float8
      FROM hours JOIN named USING (outcome) WHERE attempts > 0
    UNION ALL
    SELECT 2, 'rebound_messages_total', 'provider', provider, 'state', name, NULL, NULL, n::float8
      FROM hours JOIN named USING (outcome) WHERE outcome <> 'Q' AND n > 0
    UNION ALL
    SELECT 3, 'rebound_failures_total', 'provider', provider, 'category', category, 'fault', fault, n::float8
      FROM failure WHERE n > 0
    UNION ALL
    SELECT 4, 'rebound_delivery_seconds_bucket', 'le',
           CASE WHEN i = 28 THEN '+Inf' ELSE round(((exp((i - 1) / 2.0) - 1) / 1000)::numeric, 4)::text END,
           NULL, NULL, NULL, NULL, sum(n) OVER (ORDER BY i)::float8
      FROM delay
    UNION ALL
    SELECT 5, 'rebound_delivery_seconds_count', NULL, NULL, NULL, NULL, NULL, NULL, sum(n)::float8 FROM delay HAVING count(*) > 0
    UNION ALL
    SELECT 6, 'rebound_complaints_total', 'provider', coalesce(p.provider, 'other'), NULL, NULL, NULL, NULL, count(*)::float8
      FROM returned_mail r LEFT JOIN provider p USING (provider_id)
     WHERE r.kind = 'c' AND r.block < 1048576
     GROUP BY 4
    UNION ALL
    SELECT 7, 'rebound_suppressions', 'reason',
           CASE WHEN s.reason IN ('manual', 'import') THEN s.reason ELSE coalesce(c.category, 'other') END, 'state', s.state, NULL, NULL, count(*)::float8
      FROM suppression s LEFT JOIN category c ON c.category = s.reason
     GROUP BY 4, 6
    UNION ALL
    SELECT 8, 'rebound_unclassified_total', NULL, NULL, NULL, NULL, NULL, NULL,
           coalesce(sum(attempts) FILTER (WHERE class = 'U'), 0)::float8
      FROM failure
    UNION ALL
    SELECT 9, 'rebound_dsn_evidence_total', 'level', evidence::text, NULL, NULL, NULL, NULL, sum(strikes)::float8
      FROM strike WHERE origin = 'dsn'
     GROUP BY 4
    UNION ALL
    SELECT 10, 'rebound_ingest_lines_total', 'source', s.format, 'outcome', o.name, NULL, NULL, sum(o.n)::float8
      FROM input_span s CROSS JOIN LATERAL (VALUES ('event', s.events), ('irrelevant', s.known), ('unread', s.unread),
                                                   ('oversized', s.oversized)) AS o (name, n)
     GROUP BY 4, 6
)
SELECT name, l1, v1, l2, v2, l3, v3, value FROM family ORDER BY place, v1 <> '+Inf' DESC, CASE WHEN place = 4 THEN value END, v1, v2, v3;

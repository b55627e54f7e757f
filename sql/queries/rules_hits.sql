-- What each rule decided: signatures, deferrals and failed messages, and the hour of the latest.
SELECT s.rule, min(s.category) AS category, count(*) AS signatures, coalesce(sum(f.n), 0)::bigint AS hits,
       coalesce(sum(f.failed), 0)::bigint AS failed, max(f.last_hit) AS last_hit
  FROM signature s
  LEFT JOIN (SELECT signature_id, sum(n) AS n, coalesce(sum(n) FILTER (WHERE outcome IN ('F', 'X', 'A')), 0) AS failed,
                    max(hour) AS last_hit
               FROM rollup_failure
              WHERE outcome IN ('Q', 'F', 'X', 'A')
              GROUP BY signature_id
             HAVING sum(n) > 0) f ON f.signature_id = s.signature_id
 GROUP BY s.rule
 ORDER BY hits DESC, s.rule;

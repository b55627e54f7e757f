-- Texts that no rule knows, merged over codes and providers: those that failed for most recipients first, then those that
-- most providers say.
--   $1 how many bigint
SELECT u.masked, u.failed::bigint, u.n::bigint AS refusals, u.providers, array_to_string(u.names, ', ') AS provider_names,
       s.sample, s.reply_code, s.enhanced_status, s.phase, coalesce(p.provider, '') AS provider, u.last_seen
  FROM (SELECT s.masked, sum(f.n) AS n, sum(f.failed) AS failed, count(DISTINCT s.provider_id) AS providers,
               array_agg(DISTINCT coalesce(p.provider, 'other') ORDER BY coalesce(p.provider, 'other')) AS names,
               (array_agg(s.signature_id ORDER BY f.n DESC, s.signature_id))[1] AS signature_id, max(f.last_seen) AS last_seen
          FROM signature s
          JOIN (SELECT signature_id, sum(n) AS n, coalesce(sum(n) FILTER (WHERE outcome IN ('F', 'X', 'A')), 0) AS failed,
                       max(hour) AS last_seen
                  FROM rollup_failure
                 WHERE outcome IN ('Q', 'F', 'X', 'A')
                   AND signature_id IN (SELECT g.signature_id FROM signature g WHERE g.category = 'unclassified')
                 GROUP BY signature_id
                HAVING sum(n) > 0) f ON f.signature_id = s.signature_id
          LEFT JOIN provider p ON p.provider_id = s.provider_id
         GROUP BY s.masked) u
  JOIN signature s ON s.signature_id = u.signature_id
  LEFT JOIN provider p ON p.provider_id = s.provider_id
 ORDER BY u.failed DESC, u.providers DESC, u.n DESC, u.masked
 LIMIT $1;

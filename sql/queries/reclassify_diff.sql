-- What a run changes, by old and new category and provider: signatures, deferrals and messages that failed.
--   $1 at
SELECT r.old_category, r.new_category, coalesce(p.provider, 'other') AS provider, count(*) AS signatures,
       coalesce(sum(f.deferrals), 0)::bigint AS deferrals, coalesce(sum(f.failed), 0)::bigint AS failed,
       r.old_blocklist, r.new_blocklist
  FROM reclassification r
  JOIN signature s ON s.signature_id = r.signature_id
  LEFT JOIN provider p ON p.provider_id = s.provider_id
  LEFT JOIN (SELECT signature_id, coalesce(sum(n) FILTER (WHERE outcome = 'Q'), 0) AS deferrals,
                    coalesce(sum(n) FILTER (WHERE outcome IN ('F', 'X', 'A')), 0) AS failed
               FROM rollup_failure
              WHERE direction = 's'
                AND signature_id IN (SELECT c.signature_id FROM reclassification c WHERE c.at = $1)
              GROUP BY signature_id) f ON f.signature_id = r.signature_id
 WHERE r.at = $1 AND (r.old_category <> r.new_category OR r.old_blocklist <> r.new_blocklist)
 GROUP BY r.old_category, r.new_category, 3, r.old_blocklist, r.new_blocklist
 ORDER BY failed DESC, deferrals DESC, 1, 2, 3, 7, 8;

-- Addresses whose bounces no send of ours proves, of categories the policy would list, not in force yet.
--   $1 category ('' any)   $2 recipient_hash bigint[] (NULL any)   $3 now timestamptz
SELECT m.recipient_hash, coalesce(lower(a.address COLLATE "C"), '') AS address, coalesce(a.domain, '') AS domain, p.category,
       max(m.occurred_at) + p.ttl AS expires_at
  FROM returned_mail m
  JOIN policy p ON p.category = m.category AND p.scope = 'global' AND p.kind = 'address'
  LEFT JOIN recipient a ON a.recipient_hash = m.recipient_hash
  LEFT JOIN suppression s ON s.recipient_hash = m.recipient_hash AND s.scope = 'global' AND s.state IN ('active', 'pending')
 WHERE m.state IN ('w', 'u') AND m.kind = 'b' AND m.action IN ('', 'failed') AND s.recipient_hash IS NULL AND $1 IN ('', m.category)
   AND ($2::bigint[] IS NULL OR m.recipient_hash = ANY ($2::bigint[]))
 GROUP BY m.recipient_hash, a.address, a.domain, p.category, p.listed_after, p.min_gap, p.min_span, p.ttl
HAVING count(DISTINCT m.occurred_at::date) >= p.listed_after
   AND (p.listed_after = 1 OR max(m.occurred_at) - min(m.occurred_at) >= greatest(p.min_gap, p.min_span))
   AND (p.ttl IS NULL OR max(m.occurred_at) + p.ttl > $3);

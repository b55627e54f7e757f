-- Adds to the sums by blocklist what changed signatures tell of a list they name now. The item is the one their sample
-- names: of single replies no more than the masked text is kept.
--   $1 at
INSERT INTO listing AS l (node_id, blocklist, listed_item, provider_id, hour, hits, own_item, first_at, last_at, sample, signature_id)
SELECT t.node_id, t.blocklist, t.listed_item, t.provider_id, t.hour, sum(t.hits), bool_or(t.own_item), min(t.first_at),
       max(t.last_at), (array_agg(left(s.sample, 500) ORDER BY t.first_at, s.sample))[1],
       (array_agg(t.signature_id ORDER BY t.first_at, s.sample))[1]
  FROM (SELECT e.node_id, e.provider_id, e.signature_id, date_trunc('hour', e.occurred_at) AS hour, r.new_blocklist AS blocklist,
               r.listed_item, r.own_item, sum(e.weight) AS hits, min(e.occurred_at) AS first_at, max(e.occurred_at) AS last_at
          FROM event e
          JOIN reclassification r ON r.signature_id = e.signature_id AND r.at = $1
                                 AND r.old_blocklist <> r.new_blocklist AND r.new_blocklist <> ''
         WHERE e.direction <> 'i' AND (e.outcome IN ('Q', 'F', 'S', 'E') OR e.outcome = 'X' AND e.delay_ms IS NOT NULL)
         GROUP BY 1, 2, 3, 4, 5, 6, 7
        HAVING sum(e.weight) > 0) t
  JOIN signature s ON s.signature_id = t.signature_id
 GROUP BY t.node_id, t.blocklist, t.listed_item, t.provider_id, t.hour
ON CONFLICT (node_id, blocklist, listed_item, provider_id, hour) DO UPDATE
SET hits = l.hits + excluded.hits, own_item = l.own_item OR excluded.own_item,
    sample = CASE WHEN (excluded.first_at, excluded.sample) < (l.first_at, l.sample) THEN excluded.sample ELSE l.sample END,
    signature_id = CASE WHEN (excluded.first_at, excluded.sample) < (l.first_at, l.sample) THEN excluded.signature_id ELSE l.signature_id END,
    first_at = least(l.first_at, excluded.first_at), last_at = greatest(l.last_at, excluded.last_at);

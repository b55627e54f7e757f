-- Takes back from the sums by blocklist what changed signatures told of a list they name no more. Which item it was is
-- known by the signature the row shows, else by the sample. What a whole message's end says (no delay) is no reply.
--   $1 at
WITH told AS MATERIALIZED (
    SELECT e.node_id, e.provider_id, e.signature_id, date_trunc('hour', e.occurred_at) AS hour, r.old_blocklist AS blocklist,
           r.listed_item, sum(e.weight) AS hits
      FROM event e
      JOIN reclassification r ON r.signature_id = e.signature_id AND r.at = $1
                             AND r.old_blocklist <> r.new_blocklist AND r.old_blocklist <> ''
     WHERE e.direction <> 'i' AND (e.outcome IN ('Q', 'F', 'S', 'E') OR e.outcome = 'X' AND e.delay_ms IS NOT NULL)
     GROUP BY 1, 2, 3, 4, 5, 6
    HAVING sum(e.weight) > 0),
found AS MATERIALIZED (
    SELECT DISTINCT ON (t.node_id, t.provider_id, t.signature_id, t.hour)
           l.node_id, l.blocklist, l.listed_item, l.provider_id, l.hour, t.hits
      FROM told t
      JOIN listing l ON l.node_id = t.node_id AND l.blocklist = t.blocklist AND l.provider_id = t.provider_id AND l.hour = t.hour
     ORDER BY t.node_id, t.provider_id, t.signature_id, t.hour, (l.signature_id = t.signature_id) DESC,
              (l.listed_item = t.listed_item) DESC, l.hits DESC, l.listed_item)
UPDATE listing l SET hits = greatest(l.hits - f.hits, 0)
  FROM (SELECT node_id, blocklist, listed_item, provider_id, hour, sum(hits) AS hits FROM found GROUP BY 1, 2, 3, 4, 5) f
 WHERE l.node_id = f.node_id AND l.blocklist = f.blocklist AND l.listed_item = f.listed_item
   AND l.provider_id = f.provider_id AND l.hour = f.hour;

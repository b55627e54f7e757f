-- What was said about a node and its resolver from fewer rows than there are now is forgotten, and who depended on it is
-- looked at again.
WITH gone AS (
    DELETE FROM policy_health h
     USING (SELECT k.node_id, k.at, k.hours, coalesce(sum(r.n), 0) AS basis
              FROM policy_health k
              LEFT JOIN rollup_hour r ON r.node_id = k.node_id AND r.hour >= k.at AND r.hour < k.at + make_interval(hours => k.hours)
             GROUP BY k.node_id, k.at, k.hours) n
     WHERE n.node_id = h.node_id AND n.at = h.at AND n.hours = h.hours AND n.basis <> h.basis
    RETURNING h.node_id, h.at, h.hours)
INSERT INTO policy_work (recipient_hash, read_again)
SELECT DISTINCT s.recipient_hash, false
  FROM policy_strike s
  JOIN policy p ON p.category = s.reason
  JOIN gone g ON g.node_id = s.node_id AND s.at >= g.at AND s.at < g.at + make_interval(hours => g.hours)
 WHERE (p.node_domains > 0 AND g.hours = 24) OR (p.resolver_share > 0 AND g.hours = 1)
ON CONFLICT (recipient_hash) DO NOTHING;

-- Domains to be looked at: enough strikes, on different days and far enough apart, to be listed, or on the list already
-- and touched by this run (all that are on the list when $1). C makes their keys.
--   $1 sweep boolean
WITH touched AS MATERIALIZED (
    SELECT domain_id FROM policy_touched WHERE kind = 'd'
    UNION
    SELECT s.domain_id FROM policy_strike s JOIN policy_work w ON w.recipient_hash = s.recipient_hash
     WHERE s.kind = 'domain')
SELECT d.domain_id, d.name
  FROM domain d
  JOIN (SELECT s.domain_id
          FROM policy_strike s
          JOIN touched t ON t.domain_id = s.domain_id
          JOIN policy p ON p.category = s.reason
         WHERE s.kind = 'domain'
         GROUP BY s.domain_id, s.reason, p.listed_after, p.min_gap, p.min_span
        HAVING count(DISTINCT s.day) >= p.listed_after
           AND (p.listed_after <= 1 OR max(s.at) - min(s.at) >= greatest(p.min_gap, p.min_span))
        UNION
        SELECT k.domain_id FROM domain k JOIN suppression u ON u.kind = 'domain' AND u.domain = k.name
         WHERE u.origin IN ('log', 'dsn') AND ($1 OR k.domain_id IN (SELECT t.domain_id FROM touched t))) x ON x.domain_id = d.domain_id;

-- Domains to be looked at: enough strikes on different days to be listed, or on the list already and touched by this run
-- (all that are on the list when $1). C makes their keys.
--   $1 sweep boolean
SELECT d.domain_id, d.name
  FROM domain d
  JOIN (SELECT s.domain_id FROM policy_strike s
          JOIN (SELECT domain_id FROM policy_touched WHERE kind = 'd'
                UNION
                SELECT s.domain_id FROM policy_strike s JOIN policy_work w ON w.recipient_hash = s.recipient_hash
                 WHERE s.kind = 'domain') t ON t.domain_id = s.domain_id
          JOIN policy p ON p.category = s.reason
         WHERE s.kind = 'domain'
         GROUP BY s.domain_id, s.reason, p.listed_after HAVING count(DISTINCT s.day) >= p.listed_after
        UNION
        SELECT k.domain_id FROM domain k JOIN suppression u ON u.kind = 'domain' AND u.domain = k.name
         WHERE u.origin IN ('log', 'dsn')
           AND ($1 OR EXISTS (SELECT FROM policy_touched t WHERE t.kind = 'd' AND t.domain_id = k.domain_id))) x ON x.domain_id = d.domain_id;

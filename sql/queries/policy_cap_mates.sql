-- The daily cap takes entries in the order of the failures that listed them, so all entries of a day that has more than
-- the floor are looked at together: those this run did not make are copied beside the others.
--   $1 a number of its own from the configuration (0: the policy's)   $2 sweep boolean: days with held entries, too
INSERT INTO policy_entry
SELECT o.*
  FROM suppression o
  JOIN (SELECT d.day
          FROM (SELECT e.listed_at::date AS day FROM policy_entry e
                UNION
                SELECT o.listed_at::date FROM suppression o
                  JOIN policy_work w ON w.recipient_hash = o.recipient_hash
                UNION
                SELECT o.listed_at::date FROM suppression o WHERE $2 AND o.state_cause = 'cap') d
          JOIN (SELECT u.listed_at::date AS day
                  FROM (SELECT recipient_hash, scope, listed_at FROM policy_entry
                        UNION
                        SELECT recipient_hash, scope, listed_at FROM suppression WHERE origin IN ('log', 'dsn', 'arf')) u
                 GROUP BY 1 HAVING count(*) > (SELECT CASE WHEN $1 > 0 THEN $1 ELSE cap_floor END FROM policy_guard)) n ON n.day = d.day) x
    ON o.listed_at >= x.day AND o.listed_at < x.day + 1
 WHERE o.origin IN ('log', 'dsn', 'arf')
   AND NOT EXISTS (SELECT FROM policy_work w WHERE w.recipient_hash = o.recipient_hash)
   AND NOT EXISTS (SELECT FROM policy_domain d WHERE d.recipient_hash = o.recipient_hash)
ON CONFLICT (recipient_hash, scope) DO NOTHING;

-- What was said about nodes and resolvers rests on what failures meant: it is worked out anew where that changed, and
-- who depended on it is looked at again.
--   $1 at
WITH gone AS (
    DELETE FROM policy_health h
     WHERE EXISTS (SELECT FROM reclassification r
                    WHERE r.at = $1 AND r.old_category <> r.new_category
                      AND (r.old_category IN ('domain_not_found', 'no_mail_service', 'dns_failure')
                           OR r.new_category IN ('domain_not_found', 'no_mail_service', 'dns_failure')))
    RETURNING h.node_id, h.at, h.hours)
INSERT INTO policy_due (recipient_hash)
SELECT DISTINCT s.recipient_hash
  FROM policy_strike s
  JOIN gone g ON g.node_id = s.node_id AND s.at >= g.at AND s.at < g.at + make_interval(hours => g.hours)
ON CONFLICT (recipient_hash) DO NOTHING;

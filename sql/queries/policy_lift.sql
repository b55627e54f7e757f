-- Lifts strikes that a provider caused while something of ours was listed there, and takes back what no longer holds;
-- looks at those in work and at spells that changed since the last run. Who changed is looked at too.
WITH moved AS (
    (SELECT * FROM policy_listing_now EXCEPT SELECT * FROM policy_listing)
    UNION ALL
    (SELECT * FROM policy_listing EXCEPT SELECT * FROM policy_listing_now)),
looked AS (
    SELECT s.recipient_hash, s.reason, s.day FROM policy_strike s JOIN policy_work w ON w.recipient_hash = s.recipient_hash
    UNION
    SELECT s.recipient_hash, s.reason, s.day
      FROM policy_strike s JOIN moved m ON m.node_id = s.node_id AND m.provider_id = s.provider_id AND s.at BETWEEN m.from_at AND m.to_at),
changed AS (
    UPDATE policy_strike s SET lifted = NOT s.lifted
      FROM looked k
     WHERE s.recipient_hash = k.recipient_hash AND s.reason = k.reason AND s.day = k.day
       AND s.lifted <> EXISTS (SELECT FROM policy_listing_now l
                                WHERE l.node_id = s.node_id AND l.provider_id = s.provider_id AND s.at BETWEEN l.from_at AND l.to_at)
    RETURNING s.recipient_hash)
INSERT INTO policy_work (recipient_hash, read_again) SELECT DISTINCT recipient_hash, false FROM changed
ON CONFLICT (recipient_hash) DO NOTHING;

-- Writes down what this run is about to change. Answers how many changes of each kind;
-- 'skip' is what would have been listed, had it not ended before we came to know it.
--   $1 now timestamptz
WITH told AS (
    INSERT INTO suppression_history (recipient_hash, scope, changed_at, change, state, reason, actor, note, last_event)
    SELECT n.recipient_hash, n.scope, $1,
           CASE WHEN o.state = n.state THEN 'extend'
                WHEN o.recipient_hash IS NULL AND n.state IN ('released', 'expired') THEN 'skip'
                WHEN n.state = 'active' AND o.state = 'pending' THEN 'activate'
                WHEN n.state = 'active' THEN 'list'
                WHEN n.state = 'pending' THEN 'hold'
                WHEN n.state = 'expired' THEN 'expire'
                WHEN n.state_cause = 'listing' THEN 'lift' ELSE 'release' END,
           n.state, n.reason, 'policy', n.state_cause, n.last_event
      FROM policy_entry n
      LEFT JOIN suppression o ON o.recipient_hash = n.recipient_hash AND o.scope = n.scope
     WHERE o.recipient_hash IS NULL
        OR (o.state, o.reason, o.evidence, o.strikes, o.first_event, o.last_event, o.expires_at, o.listed_at, o.state_cause, o.confirmed)
           IS DISTINCT FROM
           (n.state, n.reason, n.evidence, n.strikes, n.first_event, n.last_event, n.expires_at, n.listed_at, n.state_cause, n.confirmed)
    ON CONFLICT (recipient_hash, scope, changed_at, change) DO NOTHING
    RETURNING change)
SELECT change, count(*) AS n FROM told GROUP BY change;

-- Entries whose time is over, with a line of history each. Answers how many.
--   $1 now timestamptz
WITH over AS (
    UPDATE suppression SET state = 'expired', state_cause = '', changed_at = $1
     WHERE state IN ('active', 'pending') AND expires_at <= $1
    RETURNING recipient_hash, scope, reason, last_event),
told AS (
    INSERT INTO suppression_history (recipient_hash, scope, changed_at, change, state, reason, actor, note, last_event)
    SELECT recipient_hash, scope, $1, 'expire', 'expired', reason, 'policy', '', last_event FROM over
    ON CONFLICT (recipient_hash, scope, changed_at, change) DO NOTHING)
SELECT count(*) AS n FROM over;

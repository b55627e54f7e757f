-- Takes entries out of force. What the logs had told by then is behind it: only later failures can list again.
-- A complaint is released with a reason only. Answers how many. Parameters 1 to 8 as suppression_cursor, $9 actor   $10 note   $11 now
WITH released AS (
    UPDATE suppression s SET state = 'released', state_cause = 'operator', confirmed = false, changed_at = $11
     WHERE s.state <> 'released' AND ($10 <> '' OR s.reason <> 'complaint') AND $1 IN ('', s.state) AND $2 IN ('', s.scope) AND $3 IN ('', s.reason) AND $4 IN ('', s.kind)
       AND $5 IN ('', s.origin)
       AND ($6 = '' OR s.provider_id IN (SELECT v.provider_id FROM provider v WHERE $6 IN (v.provider, v.roof)))
       AND $7 IN ('', s.evidence::text) AND ($8::bigint[] IS NULL OR s.recipient_hash = ANY ($8::bigint[]))
    RETURNING s.recipient_hash, s.scope, s.reason, s.last_event),
told AS (
    INSERT INTO suppression_history (recipient_hash, scope, changed_at, change, state, reason, actor, note, last_event)
    SELECT recipient_hash, scope, $11, 'release', 'released', reason, $9, $10,
           greatest(last_event, least((SELECT max(newest_at) FROM node_state), $11))
      FROM released
    ON CONFLICT (recipient_hash, scope, changed_at, change) DO UPDATE
    SET actor = excluded.actor, note = excluded.note, last_event = excluded.last_event)
SELECT count(*) AS n FROM released;

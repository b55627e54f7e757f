-- Pending entries come into force: no guard holds them any more. Answers how many. Parameters as suppression_release.
WITH confirmed AS (
    UPDATE suppression s SET state = 'active', state_cause = '', confirmed = true, changed_at = $11
     WHERE s.state = 'pending' AND $1 IN ('', s.state) AND $2 IN ('', s.scope) AND $3 IN ('', s.reason) AND $4 IN ('', s.kind)
       AND $5 IN ('', s.origin)
       AND ($6 = '' OR s.provider_id IN (SELECT v.provider_id FROM provider v WHERE $6 IN (v.provider, v.roof)))
       AND $7 IN ('', s.evidence::text) AND ($8::bigint[] IS NULL OR s.recipient_hash = ANY ($8::bigint[]))
    RETURNING s.recipient_hash, s.scope, s.reason, s.last_event),
told AS (
    INSERT INTO suppression_history (recipient_hash, scope, changed_at, change, state, reason, actor, note, last_event)
    SELECT recipient_hash, scope, $11, 'confirm', 'active', reason, $9, $10, last_event FROM confirmed
    ON CONFLICT (recipient_hash, scope, changed_at, change) DO UPDATE SET actor = excluded.actor, note = excluded.note)
SELECT count(*) AS n FROM confirmed;

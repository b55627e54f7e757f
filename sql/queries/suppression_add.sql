-- Entries that an operator adds or imports, each with a line of history; one that is in force for the same reason and time
-- stays. Answers how many were written.
--   $1 recipient_hash bigint[]  $2 address text[]  $3 domain text[]  $4 kind text[]  $5 scope text[]  $6 reason text[]
--   $7 expires_at timestamptz[]  $8 origin text  $9 note text  $10 actor text  $11 now timestamptz  $12 evidence text
WITH given AS (
    SELECT DISTINCT ON (hash, scope) *
      FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
           AS t (hash, address, domain, kind, scope, reason, expires_at)
     ORDER BY hash, scope, expires_at DESC NULLS FIRST),
written AS (
    INSERT INTO suppression AS o (recipient_hash, scope, address, domain, kind, state, reason, origin, evidence, strikes,
                                  first_event, last_event, expires_at, signature_id, diagnostic, rule, node_id, input_id,
                                  input_offset, provider_id, changed_at, note, confirmed)
    SELECT hash, scope, address, domain, kind, 'active', reason, $8, nullif($12, '')::"char", 0, NULL, NULL, expires_at, 0, '', '', 0, 0, 0, 0,
           $11, $9, true
      FROM given
    ON CONFLICT (recipient_hash, scope) DO UPDATE
    SET address = excluded.address, state = 'active', state_cause = '', reason = excluded.reason, origin = excluded.origin,
        expires_at = excluded.expires_at, changed_at = excluded.changed_at,
        note = excluded.note, confirmed = true
    WHERE (o.state, o.reason, o.origin, o.expires_at) IS DISTINCT FROM ('active', excluded.reason, excluded.origin, excluded.expires_at)
      AND NOT (excluded.origin = 'import' AND o.state = 'active' AND (o.expires_at IS NULL OR o.expires_at >= excluded.expires_at))
    RETURNING recipient_hash, scope, reason),
told AS (
    INSERT INTO suppression_history (recipient_hash, scope, changed_at, change, state, reason, actor, note, last_event)
    SELECT recipient_hash, scope, $11, 'add', 'active', reason, $10, $9, $11 FROM written
    ON CONFLICT (recipient_hash, scope, changed_at, change) DO UPDATE SET actor = excluded.actor, note = excluded.note)
SELECT count(*) AS n FROM written;

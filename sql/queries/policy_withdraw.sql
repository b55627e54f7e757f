-- Entries of those looked at that the facts no longer bear out go, with a line of history: taken back by restating, a
-- number changed, protected now. Facts that were pruned prove nothing: the day of the first failure has to be there still.
-- Answers how many.
--   $1 now timestamptz   $2 protected recipient_hash bigint[]   $3 protected domain text[]
WITH gone AS (
    DELETE FROM suppression o
     WHERE o.origin IN ('log', 'dsn', 'arf')
       AND (EXISTS (SELECT FROM policy_work w WHERE w.recipient_hash = o.recipient_hash)
            OR EXISTS (SELECT FROM policy_domain d WHERE d.recipient_hash = o.recipient_hash))
       AND NOT EXISTS (SELECT FROM policy_entry e WHERE e.recipient_hash = o.recipient_hash AND e.scope = o.scope)
       AND (o.recipient_hash = ANY ($2::bigint[])
            OR EXISTS (SELECT FROM unnest($3::text[]) AS p (name)
                        WHERE o.domain = p.name OR right(o.domain, length(p.name) + 1) = '.' || p.name)
            OR EXISTS (SELECT FROM strike s WHERE s.recipient_hash = o.recipient_hash AND s.day = o.first_event::date)
            OR EXISTS (SELECT FROM returned_mail m WHERE m.recipient_hash = o.recipient_hash AND m.occurred_at = o.first_event)
            OR EXISTS (SELECT FROM strike s JOIN policy_domain d ON d.domain_id = s.domain_id
                        WHERE d.recipient_hash = o.recipient_hash AND s.day = o.first_event::date))
    RETURNING o.recipient_hash, o.scope, o.reason, o.last_event),
told AS (
    INSERT INTO suppression_history (recipient_hash, scope, changed_at, change, state, reason, actor, note, last_event)
    SELECT recipient_hash, scope, $1, 'withdraw', 'released', reason, 'policy', 'its evidence was taken back or it is protected', last_event
      FROM gone
    ON CONFLICT (recipient_hash, scope, changed_at, change) DO NOTHING)
SELECT count(*) AS n FROM gone;

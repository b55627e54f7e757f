-- Puts this run's entries into the list; what is the same stays untouched.
INSERT INTO suppression AS o (recipient_hash, scope, address, domain, kind, state, reason, origin, evidence, strikes, first_event,
                              last_event, expires_at, signature_id, diagnostic, rule, node_id, input_id, input_offset, provider_id,
                              changed_at, note, listed_at, state_cause, confirmed)
SELECT recipient_hash, scope, address, domain, kind, state, reason, origin, evidence, strikes, first_event,
       last_event, expires_at, signature_id, diagnostic, rule, node_id, input_id, input_offset, provider_id,
       changed_at, note, listed_at, state_cause, confirmed
  FROM policy_entry
ON CONFLICT (recipient_hash, scope) DO UPDATE
SET address = excluded.address, domain = excluded.domain, kind = excluded.kind, state = excluded.state,
    reason = excluded.reason, origin = excluded.origin, evidence = excluded.evidence, strikes = excluded.strikes,
    first_event = excluded.first_event, last_event = excluded.last_event, expires_at = excluded.expires_at,
    signature_id = excluded.signature_id, diagnostic = excluded.diagnostic, rule = excluded.rule,
    node_id = excluded.node_id, input_id = excluded.input_id, input_offset = excluded.input_offset,
    provider_id = excluded.provider_id, changed_at = excluded.changed_at, listed_at = excluded.listed_at,
    state_cause = excluded.state_cause, confirmed = excluded.confirmed
WHERE (o.address, o.state, o.reason, o.origin, o.evidence, o.strikes, o.first_event, o.last_event, o.expires_at, o.signature_id,
       o.diagnostic, o.rule, o.node_id, o.input_id, o.input_offset, o.provider_id, o.listed_at, o.state_cause, o.confirmed)
      IS DISTINCT FROM
      (excluded.address, excluded.state, excluded.reason, excluded.origin, excluded.evidence, excluded.strikes,
       excluded.first_event, excluded.last_event, excluded.expires_at, excluded.signature_id, excluded.diagnostic,
       excluded.rule, excluded.node_id, excluded.input_id, excluded.input_offset, excluded.provider_id,
       excluded.listed_at, excluded.state_cause, excluded.confirmed);

-- The list in its order, read in pages.
--   $1 state   $2 scope   $3 reason   $4 kind   $5 origin   $6 provider   $7 evidence   ('' any)   $8 recipient_hash bigint[] (NULL any)
DECLARE suppression_page NO SCROLL CURSOR FOR
SELECT s.recipient_hash, s.address, s.domain, s.kind, s.scope, s.state, s.reason, s.origin, s.evidence::text AS evidence,
       s.strikes, s.first_event, s.last_event, s.expires_at, s.listed_at, s.changed_at, s.diagnostic, s.rule, s.note,
       s.state_cause, coalesce(v.provider, '') AS provider, coalesce(c.fault, '') AS fault, s.confirmed
  FROM suppression s
  LEFT JOIN provider v ON v.provider_id = s.provider_id
  LEFT JOIN category c ON c.category = s.reason
 WHERE $1 IN ('', s.state) AND $2 IN ('', s.scope) AND $3 IN ('', s.reason) AND $4 IN ('', s.kind)
   AND $5 IN ('', s.origin) AND $6 IN ('', v.provider, v.roof) AND $7 IN ('', s.evidence::text)
   AND ($8::bigint[] IS NULL OR s.recipient_hash = ANY ($8::bigint[]))
 ORDER BY s.domain COLLATE "C", s.address COLLATE "C", s.scope COLLATE "C", s.recipient_hash;

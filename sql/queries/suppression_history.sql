-- Changes, newest first.
--   $1 recipient_hash bigint[] (NULL all)   $2 at most
SELECT h.changed_at, coalesce(nullif(s.address, ''), '@' || nullif(s.domain, ''), r.address, '') AS who, h.scope, h.change, h.state,
       h.reason, h.actor, h.note
  FROM suppression_history h
  LEFT JOIN suppression s ON s.recipient_hash = h.recipient_hash AND s.scope = h.scope
  LEFT JOIN recipient r ON r.recipient_hash = h.recipient_hash
 WHERE $1::bigint[] IS NULL OR h.recipient_hash = ANY ($1::bigint[])
 ORDER BY h.changed_at DESC, h.recipient_hash, h.scope, h.change
 LIMIT $2;

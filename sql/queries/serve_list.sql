-- Everybody on the list at scope global, for the look-ups of a running service, in the order of unsigned hashes.
SELECT s.recipient_hash, s.reason, coalesce(c.fault, '') AS fault
  FROM suppression s
  LEFT JOIN category c ON c.category = s.reason
 WHERE s.state = 'active' AND s.scope = 'global'
 ORDER BY s.recipient_hash < 0, s.recipient_hash;

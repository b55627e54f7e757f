-- The hashes in force at a scope, for the snapshot.
--   $1 scope   $2 boolean: 'stream:*' holds there, too
SELECT DISTINCT recipient_hash FROM suppression
 WHERE state = 'active' AND (scope = $1 OR (scope = 'stream:*' AND $2))
 ORDER BY recipient_hash;

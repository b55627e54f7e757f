-- An export was written.
--   $1 target  $2 scope  $3 generation  $4 entries  $5 sha256  $6 now
INSERT INTO publication (target, scope, generation, entries, sha256, published_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (target, scope) DO UPDATE
SET generation = excluded.generation, entries = excluded.entries, sha256 = excluded.sha256, published_at = excluded.published_at;

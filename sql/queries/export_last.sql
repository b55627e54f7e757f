-- The last generation of an export.
--   $1 target   $2 scope
SELECT generation, entries, sha256, published_at FROM publication WHERE target = $1 AND scope = $2;

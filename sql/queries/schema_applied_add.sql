-- Writes a migration down, in the transaction that applied it.
--   $1 version int   $2 name text   $3 digest text   $4 applied_at timestamptz
INSERT INTO schema_migration (version, name, digest, applied_at) VALUES ($1, $2, $3, $4);

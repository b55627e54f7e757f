-- The shipped providers; rows that are no longer shipped stay, since history speaks of them.
--   $1 provider_id bigint[]   $2 provider text[]   $3 name text[]   $4 kind text[]   $5 roof text[]
INSERT INTO provider (provider_id, provider, name, kind, roof)
SELECT * FROM unnest($1, $2, $3, $4, $5)
ON CONFLICT (provider_id) DO UPDATE
SET provider = excluded.provider, name = excluded.name, kind = excluded.kind, roof = excluded.roof;

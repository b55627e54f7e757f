-- The addresses behind hashes, where people need to read them.
--   $1 recipient_hash bigint[]   $2 address text[]   $3 domain text[]
INSERT INTO recipient (recipient_hash, address, domain)
SELECT DISTINCT ON (h) h, a, d FROM unnest($1::bigint[], $2::text[], $3::text[]) AS t (h, a, d)
 ORDER BY h, a -- one order of locks for all writers
ON CONFLICT (recipient_hash) DO NOTHING;

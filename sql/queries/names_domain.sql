-- New names of a dictionary; ids are content hashes, so a known one is left alone.
--   $1 domain_id bigint[]   $2 name text[]
INSERT INTO domain (domain_id, name)
SELECT DISTINCT ON (id) id, name FROM unnest($1::bigint[], $2::text[]) AS t (id, name)
 ORDER BY id, name -- one order of locks for all writers
ON CONFLICT (domain_id) DO NOTHING;

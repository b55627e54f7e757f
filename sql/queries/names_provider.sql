-- New providers that no table knows by name; the built-in ones are kept by schema_reference.
--   $1 provider_id bigint[]   $2 name text[]
INSERT INTO provider (provider_id, provider, name, kind, roof)
SELECT DISTINCT ON (id) id, name, name, 'mailbox', name FROM unnest($1::bigint[], $2::text[]) AS t (id, name)
 ORDER BY id, name -- one order of locks for all writers
ON CONFLICT (provider_id) DO NOTHING;

-- New streams; a kind that the configuration gives later wins.
--   $1 stream_id bigint[]   $2 name text[]   $3 kind text[]
INSERT INTO stream AS s (stream_id, name, kind)
SELECT DISTINCT ON (id) id, name, kind FROM unnest($1::bigint[], $2::text[], $3::text[]) AS t (id, name, kind)
 ORDER BY id, name -- one order of locks for all writers
ON CONFLICT (stream_id) DO UPDATE SET kind = excluded.kind WHERE s.kind <> excluded.kind;

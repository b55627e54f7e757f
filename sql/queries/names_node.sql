-- New nodes: relay instances, host and first element of the syslog name.
--   $1 node_id bigint[]   $2 host text[]   $3 instance text[]
INSERT INTO node (node_id, name, host, instance)
SELECT DISTINCT ON (id) id, CASE WHEN instance IN ('', 'postfix', 'exim', 'local') THEN host ELSE host || '/' || instance END, host, instance
  FROM unnest($1::bigint[], $2::text[], $3::text[]) AS t (id, host, instance)
 ORDER BY id -- one order of locks for all writers
ON CONFLICT (node_id) DO NOTHING;

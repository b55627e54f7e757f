-- Looked for; but what came in meanwhile waits for the next time.
--   $1 node_ids bigint[]   $2 versions bigint[]
DELETE FROM hop_due h
 USING unnest($1::bigint[], $2::bigint[]) AS t (node_id, version)
 WHERE h.node_id = t.node_id AND h.version = t.version;

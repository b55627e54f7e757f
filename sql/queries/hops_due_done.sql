-- Looked for; but what came in meanwhile waits for the next time.
DELETE FROM hop_due h
 USING unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS t (node_id, from_at, to_at)
 WHERE h.node_id = t.node_id AND h.from_at = t.from_at AND h.to_at = t.to_at;

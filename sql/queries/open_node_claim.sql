-- A node's row, before its first facts; generation 0 says that nothing was ever read.
--   $1 node_id bigint
INSERT INTO node_state (node_id, generation, newest_at, connections) VALUES ($1, 0, '-infinity', '')
ON CONFLICT (node_id) DO NOTHING;

-- Whose hand-overs were not looked for yet.
SELECT node_id, from_at, to_at, version FROM hop_due ORDER BY from_at, node_id;

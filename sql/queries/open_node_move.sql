-- Moves a node on; no row back: its generation is not the one that was read.
--   $1 node_id   $2 generation   $3 newest_at   $4 connections
UPDATE node_state
   SET generation = generation + 1, newest_at = greatest(newest_at, $3), connections = $4
 WHERE node_id = $1 AND generation = $2
RETURNING node_id;

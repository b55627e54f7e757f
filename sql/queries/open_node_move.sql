-- Moves a node on; no row back: its generation is not the one that was read. An older log leaves the connections alone, and
-- the parser's memory ($5, NULL: as it is) unless that is good for any time ($6).
--   $1 node_id   $2 generation   $3 newest_at   $4 connections   $5 memory bytea   $6 timeless boolean
UPDATE node_state
   SET generation = generation + 1, newest_at = greatest(newest_at, $3),
       connections = CASE WHEN $3 >= newest_at THEN $4 ELSE connections END,
       memory = CASE WHEN $5 IS NOT NULL AND ($6 OR $3 >= newest_at) THEN $5 ELSE memory END
 WHERE node_id = $1 AND generation = $2
RETURNING node_id;

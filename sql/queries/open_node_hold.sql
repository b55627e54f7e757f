-- In the facts' transaction: one ingester at a time continues a node's messages.
--   $1 node_id bigint
SELECT generation, CASE WHEN generation = 0 THEN NULL ELSE newest_at END AS newest_at, connections, memory
  FROM node_state WHERE node_id = $1 FOR UPDATE;

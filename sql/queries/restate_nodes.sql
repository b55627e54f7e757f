-- Nodes that have lives read out of order.
SELECT DISTINCT node_id FROM restate_candidate ORDER BY 1;

-- Every node that has a log of its own.
SELECT node_id FROM node_state ORDER BY node_id;

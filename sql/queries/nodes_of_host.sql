-- The instances of a host that were seen before.
--   $1 host text
SELECT node_id FROM node WHERE host = $1 ORDER BY node_id;

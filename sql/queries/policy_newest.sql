-- The newest time that any node's log told.
SELECT max(newest_at) AS newest FROM node_state;

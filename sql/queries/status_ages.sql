-- One row: when the last input moved, and the newest time any log told.
SELECT max(changed_at) AS read_at, (SELECT max(newest_at) FROM node_state) AS newest_at, count(*) AS inputs
  FROM input_position;

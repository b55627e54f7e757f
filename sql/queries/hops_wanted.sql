-- Is there anything to join? One relay alone hands over to itself at most (a content filter), and says so, or to a smarthost
-- whose bounces come.
--   $1 since   $2 until
SELECT (SELECT count(*) FROM node) > 1
       OR EXISTS (SELECT FROM rollup_hour WHERE direction = 'h' AND hour >= date_trunc('hour', $1) AND hour <= $2)
       OR EXISTS (SELECT FROM rollup_hour WHERE outcome = 'H' AND hour >= date_trunc('hour', $1) AND hour <= $2)
          AND EXISTS (SELECT FROM rollup_hour WHERE outcome = 'A' AND hour >= date_trunc('hour', $1)) AS wanted,
       EXISTS (SELECT FROM service_node) AS services;

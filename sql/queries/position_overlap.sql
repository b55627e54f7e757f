-- Another input that tells more than 60 s of the same node's same hours: the same lines would count twice.
--   $1 input_id   $2 node_id   $3 first   $4 last
SELECT p.path,
       extract(epoch FROM least(s.last_at, $4::timestamptz) - greatest(s.first_at, $3::timestamptz))::bigint AS seconds
  FROM input_span s JOIN input_position p ON p.input_id = s.input_id
 WHERE s.node_id = $2 AND s.input_id <> $1
   AND least(s.last_at, $4::timestamptz) - greatest(s.first_at, $3::timestamptz) > interval '60 seconds'
 ORDER BY 2 DESC LIMIT 1;

-- Messages that have left the queue, or that are about to be written anew.
--   $1 node_id bigint[]   $2 queue_id text[]   $3 first_at timestamptz[]
DELETE FROM open_message o USING unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS t (node_id, queue_id, first_at)
 WHERE o.node_id = t.node_id AND o.queue_id = t.queue_id AND o.first_at = t.first_at;

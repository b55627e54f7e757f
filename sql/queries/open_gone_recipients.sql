-- The recipients of messages that have left the queue, or that are about to be written anew.
--   $1 node_id bigint[]   $2 queue_id text[]
DELETE FROM open_recipient o USING unnest($1::bigint[], $2::text[]) AS t (node_id, queue_id)
 WHERE o.node_id = t.node_id AND o.queue_id = t.queue_id;

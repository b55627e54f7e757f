-- All open lives of the queue ids that may have to be restated.
--   $1 node_id bigint
WITH partial AS MATERIALIZED (
    SELECT DISTINCT node_id, queue_id FROM event WHERE node_id = $1 AND attempt_flags & 64 <> 0 AND queue_id <> ''
    UNION
    SELECT node_id, queue_id FROM open_message WHERE node_id = $1 AND NOT began
)
SELECT o.node_id, o.queue_id, began, lost, last_at, message_id_hash, sender_known, null_sender, stream_id, sasl_user_id,
       size_bytes, client_own, client_known, notification, forwarded, first_at, expired_at, closed
  FROM open_message o JOIN partial p ON p.node_id = o.node_id AND p.queue_id = o.queue_id
 WHERE o.node_id = $1
 ORDER BY o.queue_id, o.first_at;

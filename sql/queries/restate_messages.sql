-- All open lives of the queue ids that may have to be restated.
--   $1 node_id bigint
SELECT o.node_id, o.queue_id, began, lost, last_at, message_id_hash, sender_known, null_sender, stream_id, sasl_user_id,
       size_bytes, client_own, client_known, notification, forwarded, first_at, expired_at, closed,
       awaited
  FROM open_message o JOIN restate_candidate p ON p.node_id = o.node_id AND p.queue_id = o.queue_id
 WHERE o.node_id = $1
 ORDER BY o.queue_id, o.first_at;

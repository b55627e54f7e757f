-- A node's open messages that a log going on at $2 continues: of each queue id the newest life that began by then.
--   $1 node_id bigint   $2 until timestamptz
SELECT DISTINCT ON (queue_id)
       node_id, queue_id, began, lost, last_at, message_id_hash, sender_known, null_sender, stream_id, sasl_user_id,
       size_bytes, client_own, client_known, notification, forwarded, first_at, expired_at, closed,
       awaited
  FROM open_message WHERE node_id = $1 AND first_at <= $2
 ORDER BY queue_id, first_at DESC;

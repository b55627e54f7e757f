-- A node's open messages.
--   $1 node_id bigint
SELECT node_id, queue_id, began, lost, last_at, message_id_hash, sender_known, null_sender, stream_id, sasl_user_id,
       size_bytes, client_own, client_known, notification, forwarded
  FROM open_message WHERE node_id = $1;

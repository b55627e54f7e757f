-- Who a message was for, as far as anything is known of it.
--   $1 message_id_hash bigint
SELECT DISTINCT recipient_hash, message_id_hash, '' AS queue_id
  FROM (SELECT recipient_hash, message_id_hash FROM event WHERE message_id_hash = $1
        UNION ALL
        SELECT recipient_hash, message_id_hash FROM returned_mail WHERE message_id_hash = $1
        UNION ALL
        SELECT r.recipient_hash, m.message_id_hash
          FROM open_message m JOIN open_recipient r ON r.node_id = m.node_id AND r.queue_id = m.queue_id
         WHERE m.message_id_hash = $1) AS known
 ORDER BY recipient_hash LIMIT 1000;

-- Which messages had this queue id, at any node, and where they went from there. Queue ids are reused: all of them.
--   $1 queue_id text
SELECT DISTINCT recipient_hash, message_id_hash, queue_id
  FROM (SELECT recipient_hash, message_id_hash, next_queue_id AS queue_id FROM event WHERE queue_id = $1
        UNION ALL
        SELECT recipient_hash, message_id_hash, queue_id FROM returned_mail WHERE queue_id = $1
        UNION ALL
        SELECT r.recipient_hash, m.message_id_hash, m.queue_id
          FROM open_message m JOIN open_recipient r ON r.node_id = m.node_id AND r.queue_id = m.queue_id
         WHERE m.queue_id = $1) AS known
 ORDER BY recipient_hash LIMIT 1000;

-- One step along a message's way: what its known rows, and those that share a queue id with them, call it here and at the
-- next hop. Queue ids come again, so a row of a known other message is none of them, but for ids of 16 letters and more.
--   $1 recipient_hashes bigint[]   $2 message_id_hashes bigint[]   $3 queue_ids text[]
SELECT DISTINCT message_id_hash, hop_key(queue_id) AS queue_id,
       CASE WHEN direction = 'h' OR outcome = 'H' THEN next_queue_id ELSE '' END AS next_queue_id
  FROM event
 WHERE recipient_hash = ANY ($1) AND outcome NOT IN ('R', 'A')
   AND (message_id_hash = ANY ($2)
        OR (queue_id = ANY ($3) OR next_queue_id = ANY ($3) OR hop_key(queue_id) = ANY ($3))
           AND (message_id_hash = 0 OR cardinality($2::bigint[]) = 0 OR length(queue_id) >= 16
                OR length(next_queue_id) >= 16))
 LIMIT 4096;

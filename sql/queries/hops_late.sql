-- What came in lately about messages that were handed over before: retried mail, events of services. At most 100,001.
--   $1 since   $2 until   $3 before: hand-overs from then on are looked at anyway
SELECT DISTINCT hop_key(queue_id) AS next_queue_id, message_id_hash
  FROM event
 WHERE occurred_at >= $1 AND occurred_at <= $2 AND queue_id <> '' AND outcome NOT IN ('R', 'A')
   AND (occurred_at - coalesce(delay_ms, 0) * interval '1 ms' < $3
        OR node_id IN (SELECT node_id FROM service_node))
 LIMIT 100001;

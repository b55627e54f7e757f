-- Messages that are still on their way, oldest first; at most 1,000.
--   $1 recipient_hashes bigint[]   $2 message_id_hashes bigint[]   $3 queue_ids text[]; both empty: all their messages
SELECT r.last_at, n.name AS node, r.queue_id, r.address, coalesce(d.name, '') AS domain,
       coalesce(h.name, '') AS remote_host, r.attempts, coalesce(s.category, '') AS category, r.reply
  FROM open_recipient r
  JOIN open_message m ON m.node_id = r.node_id AND m.queue_id = r.queue_id
  LEFT JOIN node n ON n.node_id = r.node_id
  LEFT JOIN domain d ON d.domain_id = r.domain_id
  LEFT JOIN remote_host h ON h.remote_host_id = r.remote_host_id
  LEFT JOIN signature s ON s.signature_id = r.signature_id
 WHERE r.recipient_hash = ANY ($1) AND NOT m.lost
   AND (cardinality($2::bigint[]) + cardinality($3::text[]) = 0
        OR m.message_id_hash = ANY ($2) OR m.queue_id = ANY ($3))
 ORDER BY r.last_at LIMIT 1000;

-- The recipients of those messages that are still being tried, in the order they were first deferred.
--   $1 node_id bigint   $2 until timestamptz
SELECT r.node_id, r.queue_id, recipient_hash, original_hash, domain_id, provider_id, remote_host_id, egress_id,
       signature_id, cohort, attempts, counted, deferred, blocked, direction, last_at, address, reply, r.first_at
  FROM open_recipient r
  JOIN (SELECT queue_id, max(first_at) AS first_at FROM open_message WHERE node_id = $1 AND first_at <= $2
         GROUP BY queue_id) m USING (queue_id, first_at)
 WHERE r.node_id = $1
 ORDER BY last_at, recipient_hash;

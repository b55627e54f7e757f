-- The recipients of all open lives of the queue ids that may have to be restated.
--   $1 node_id bigint
SELECT o.node_id, o.queue_id, recipient_hash, original_hash, domain_id, provider_id, remote_host_id, egress_id,
       signature_id, cohort, attempts, counted, deferred, blocked, direction, last_at, address, reply, first_at
  FROM open_recipient o JOIN restate_candidate p ON p.node_id = o.node_id AND p.queue_id = o.queue_id
 WHERE o.node_id = $1
 ORDER BY o.queue_id, o.first_at, last_at, recipient_hash;

-- The recipients of a node that are still being tried, in the order they were first deferred.
--   $1 node_id bigint
SELECT node_id, queue_id, recipient_hash, original_hash, domain_id, provider_id, remote_host_id, egress_id,
       signature_id, cohort, attempts, counted, deferred, blocked, direction, last_at, address, reply
  FROM open_recipient WHERE node_id = $1 ORDER BY last_at, recipient_hash;

-- The recipients of all open lives of the queue ids that may have to be restated.
--   $1 node_id bigint
WITH partial AS MATERIALIZED (
    SELECT DISTINCT node_id, queue_id FROM event WHERE node_id = $1 AND attempt_flags & 64 <> 0 AND queue_id <> ''
    UNION
    SELECT node_id, queue_id FROM open_message WHERE node_id = $1 AND NOT began
)
SELECT o.node_id, o.queue_id, recipient_hash, original_hash, domain_id, provider_id, remote_host_id, egress_id,
       signature_id, cohort, attempts, counted, deferred, blocked, direction, last_at, address, reply, first_at
  FROM open_recipient o JOIN partial p ON p.node_id = o.node_id AND p.queue_id = o.queue_id
 WHERE o.node_id = $1
 ORDER BY o.queue_id, o.first_at, last_at, recipient_hash;

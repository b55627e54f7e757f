-- Takes the rows back and tells them as they ought to be.
INSERT INTO event
SELECT r.occurred_at, r.recipient_hash, r.node_id, r.egress_id, r.input_id, r.input_offset, r.message_id_hash, r.domain_id,
       r.provider_id, r.remote_host_id, r.stream_id, r.signature_id, r.sasl_user_id, r.size_bytes, r.cohort, r.delay_ms,
       r.delay_queue_ms, r.delay_active_ms, r.delay_connect_ms, r.delay_send_ms, r.attempt,
       CASE WHEN w.weight < 0 THEN r.attempt_flags ELSE r.flags END, w.weight, r.tls, r.direction, r.outcome, r.queue_id,
       r.next_queue_id
  FROM reclassify_row r
 CROSS JOIN (VALUES (-1::smallint), (1::smallint)) AS w (weight);

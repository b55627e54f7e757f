-- The facts' way in: columns in the order of src/store/writer.c.
COPY event (occurred_at, recipient_hash, node_id, egress_id, input_id, input_offset, message_id_hash, domain_id,
            provider_id, remote_host_id, stream_id, signature_id, sasl_user_id, size_bytes, cohort, delay_ms,
            delay_queue_ms, delay_active_ms, delay_connect_ms, delay_send_ms, attempt, attempt_flags, weight, tls,
            direction, outcome, queue_id, next_queue_id)
FROM STDIN WITH (FORMAT binary);

-- The rows of some of the lives that are told anew; columns as those of restate_rows.sql.
--   $1 from   $2 to: lives, the last not included
SELECT e.node_id, e.queue_id, e.occurred_at, e.recipient_hash, e.egress_id, e.input_id, e.input_offset,
       e.message_id_hash, e.domain_id, e.provider_id, e.remote_host_id, e.stream_id, e.signature_id, e.sasl_user_id,
       e.size_bytes, e.cohort, coalesce(e.delay_ms, -1) AS delay_ms, coalesce(e.delay_queue_ms, -1) AS delay_queue_ms,
       coalesce(e.delay_active_ms, -1) AS delay_active_ms, coalesce(e.delay_connect_ms, -1) AS delay_connect_ms,
       coalesce(e.delay_send_ms, -1) AS delay_send_ms, e.attempt, e.attempt_flags, e.tls, e.direction, e.outcome,
       e.next_queue_id, false AS blocked,
       CASE WHEN e.outcome IN ('F', 'X', 'A')
            THEN coalesce((SELECT k.reply FROM strike k
                            WHERE k.recipient_hash = e.recipient_hash AND k.day = (e.occurred_at AT TIME ZONE 'UTC')::date
                              AND k.signature_id = e.signature_id AND k.stream_id = e.stream_id), '')
            ELSE '' END AS reply
  FROM hop_row e
 WHERE e.life >= $1 AND e.life < $2
 ORDER BY e.number;

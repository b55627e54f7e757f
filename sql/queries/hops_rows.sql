-- All rows of the lives in hop_change, as they stand (summed by weight).
--   $1 since   $2 until
INSERT INTO hop_row
SELECT s.occurred_at, s.recipient_hash, s.node_id, s.egress_id, s.input_id, s.input_offset, s.message_id_hash, s.domain_id,
       s.provider_id, s.remote_host_id, s.stream_id, s.signature_id, s.sasl_user_id, s.size_bytes, s.cohort, s.delay_ms,
       s.delay_queue_ms, s.delay_active_ms, s.delay_connect_ms, s.delay_send_ms, s.attempt, s.attempt_flags, 1, s.tls,
       s.direction, s.outcome, s.queue_id, s.next_queue_id, s.life,
       row_number() OVER (ORDER BY s.life, s.occurred_at, s.input_offset, s.recipient_hash)
  FROM (SELECT e.occurred_at, e.recipient_hash, e.node_id, e.egress_id, e.input_id, e.input_offset, e.message_id_hash,
               e.domain_id, e.provider_id, e.remote_host_id, e.stream_id, e.signature_id, e.sasl_user_id, e.size_bytes,
               e.cohort, e.delay_ms, e.delay_queue_ms, e.delay_active_ms, e.delay_connect_ms, e.delay_send_ms,
               e.attempt, e.attempt_flags, e.tls, e.direction, e.outcome, e.queue_id, e.next_queue_id, c.life
          FROM event e
          JOIN (SELECT DISTINCT node_id, queue_id, life FROM hop_change) AS c
            ON c.node_id = e.node_id AND c.queue_id = e.queue_id
         WHERE e.occurred_at >= $1 AND e.occurred_at < $2 AND e.outcome <> 'R'
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
        HAVING sum(e.weight) > 0) AS s;

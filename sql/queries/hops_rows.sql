-- All rows of lives whose hand-overs changed, as they stand (summed by weight); columns as those of restate_rows.sql.
--   $1 node_ids bigint[]   $2 queue_ids text[]: a life each   $3 since   $4 until
SELECT e.node_id, e.queue_id, e.occurred_at, e.recipient_hash, e.egress_id, e.input_id, e.input_offset,
       e.message_id_hash, e.domain_id, e.provider_id, e.remote_host_id, e.stream_id, e.signature_id, e.sasl_user_id,
       e.size_bytes, e.cohort, coalesce(e.delay_ms, -1) AS delay_ms, coalesce(e.delay_queue_ms, -1) AS delay_queue_ms,
       coalesce(e.delay_active_ms, -1) AS delay_active_ms, coalesce(e.delay_connect_ms, -1) AS delay_connect_ms,
       coalesce(e.delay_send_ms, -1) AS delay_send_ms, e.attempt, e.attempt_flags, e.tls, e.direction, e.outcome,
       e.next_queue_id, false AS blocked,
       coalesce((SELECT k.reply FROM strike k
                  WHERE k.recipient_hash = e.recipient_hash AND k.day = (e.occurred_at AT TIME ZONE 'UTC')::date
                    AND k.signature_id = e.signature_id AND k.stream_id = e.stream_id), '') AS reply
  FROM (SELECT e.occurred_at, e.recipient_hash, e.node_id, e.egress_id, e.input_id, e.input_offset, e.message_id_hash,
               e.domain_id, e.provider_id, e.remote_host_id, e.stream_id, e.signature_id, e.sasl_user_id, e.size_bytes,
               e.cohort, e.delay_ms, e.delay_queue_ms, e.delay_active_ms, e.delay_connect_ms, e.delay_send_ms,
               e.attempt, e.attempt_flags, e.tls, e.direction, e.outcome, e.queue_id, e.next_queue_id
          FROM event e
          JOIN (SELECT DISTINCT * FROM unnest($1::bigint[], $2::text[]) AS t (node_id, queue_id)) AS life
            ON life.node_id = e.node_id AND life.queue_id = e.queue_id
         WHERE e.occurred_at >= $3 AND e.occurred_at < $4 AND e.outcome <> 'R'
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
        HAVING sum(e.weight) > 0) e
 ORDER BY e.node_id, e.queue_id, e.occurred_at, e.input_offset, e.recipient_hash;

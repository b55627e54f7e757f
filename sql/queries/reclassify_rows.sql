-- Rows whose flag 8 - the first reply of its message and recipient that blocks us - is not what it ought to be, in the lives
-- of reclassify_life. A life ends with its final row: its queue id is used again. Refusals at our own door, the list's own
-- answers and bounces that came later never carry the flag. A row is asked for its recipient first (OFFSET 0): that stands at
-- its front and rules nearly every row out.
INSERT INTO reclassify_row
SELECT o.occurred_at, o.recipient_hash, o.node_id, o.egress_id, o.input_id, o.input_offset, o.message_id_hash, o.domain_id,
       o.provider_id, o.remote_host_id, o.stream_id, o.signature_id, o.sasl_user_id, o.size_bytes, o.cohort, o.delay_ms,
       o.delay_queue_ms, o.delay_active_ms, o.delay_connect_ms, o.delay_send_ms, o.attempt, o.attempt_flags, 1, o.tls,
       o.direction, o.outcome, o.queue_id, o.next_queue_id,
       row_number() OVER (PARTITION BY o.recipient_hash ORDER BY o.occurred_at, o.input_id, o.input_offset, o.attempt),
       ((o.attempt_flags & ~8) | CASE WHEN o.first THEN 8 ELSE 0 END)::smallint
  FROM (SELECT l.*, l.blocking AND NOT coalesce(bool_or(l.blocking) OVER (
                        PARTITION BY l.node_id, l.queue_id, l.recipient_hash, l.life ORDER BY l.occurred_at, l.input_offset, l.attempt
                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false) AS first
          FROM (SELECT s.*, s.signature_id IN (SELECT b.signature_id FROM blocking_signature b) AS blocking,
                       count(*) FILTER (WHERE s.outcome <> 'Q') OVER (
                           PARTITION BY s.node_id, s.queue_id, s.recipient_hash ORDER BY s.occurred_at, s.input_offset, s.attempt
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS life
                  FROM (SELECT e.occurred_at, e.recipient_hash, e.node_id, e.egress_id, e.input_id, e.input_offset,
                               e.message_id_hash, e.domain_id, e.provider_id, e.remote_host_id, e.stream_id, e.signature_id,
                               e.sasl_user_id, e.size_bytes, e.cohort, e.delay_ms, e.delay_queue_ms, e.delay_active_ms,
                               e.delay_connect_ms, e.delay_send_ms, e.attempt, e.attempt_flags, e.tls, e.direction, e.outcome,
                               e.queue_id, e.next_queue_id
                          FROM (SELECT * FROM event
                                 WHERE recipient_hash IN (SELECT l.recipient_hash FROM reclassify_life l) OFFSET 0) e
                          JOIN reclassify_life g
                            ON g.recipient_hash = e.recipient_hash AND g.node_id = e.node_id AND g.queue_id = e.queue_id
                         WHERE e.outcome NOT IN ('A', 'R', 'S')
                         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
                        HAVING sum(e.weight) > 0) s) l) o
 WHERE o.first <> (o.attempt_flags & 8 <> 0);

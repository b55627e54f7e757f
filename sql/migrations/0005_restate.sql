-- Queue ids whose rows were read out of order: some begin in the middle of a life, or a recipient's attempts are not
-- numbered in the order of their times. Looked at only after a run that read an older log.
CREATE VIEW restate_candidate AS
SELECT DISTINCT node_id, queue_id FROM event WHERE attempt_flags & 64 <> 0 AND queue_id <> ''
UNION
SELECT node_id, queue_id FROM open_message WHERE NOT began
UNION
SELECT node_id, queue_id
  FROM (SELECT node_id, queue_id,
               attempt - lag(attempt) OVER (PARTITION BY node_id, queue_id, recipient_hash, message_id_hash
                                            ORDER BY occurred_at, input_offset) AS step
          FROM (SELECT node_id, queue_id, recipient_hash, message_id_hash, occurred_at, input_offset, attempt
                  FROM event
                 WHERE attempt_flags & 1 <> 0 AND queue_id <> ''
                 GROUP BY 1, 2, 3, 4, 5, 6, 7
                HAVING sum(weight) > 0) AS standing) AS steps
 WHERE step <= 0;

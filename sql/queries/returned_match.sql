-- Waiting returned mail whose attempt is here: the same Message-ID (or, for a message without one, the same queue id), and
-- the same recipient where the report names one (a message that went to one recipient is enough where it does not). A
-- What a service tells of mail that we handed to it has its own id, the one of its accepting 250 (next_queue_id). A
-- message's rows are summed by weight first, so what was taken back does not match. A failure without an end in the log
-- yet (deferrals only) goes on waiting.
--   $1 since   $2 until: bounds over all of it, so that few partitions are read
WITH waiting AS MATERIALIZED (
    SELECT *, CASE WHEN message_id_hash <> 0 THEN 'm' || message_id_hash::text ELSE 'q' || queue_id END AS of_message
      FROM returned_mail WHERE state IN ('w', 'p') AND (message_id_hash <> 0 OR queue_id <> '')
    UNION ALL
    SELECT *, 'n' || split_part(queue_id, '/', 1)
      FROM returned_mail
     WHERE state IN ('w', 'p') AND length(split_part(queue_id, '/', 1)) >= 16
       AND decoded_by IN ('ses', 'sendgrid', 'mailgun', 'postmark', 'sparkpost', 'postal')
), message AS MATERIALIZED (
    SELECT e.*
      FROM event e
     WHERE e.occurred_at >= $1 AND e.occurred_at < $2 AND e.outcome IN ('D', 'H', 'F', 'X', 'A', 'L', 'S', 'E')
       AND e.direction IN ('s', 'f', 'h', 'i')
       AND (e.message_id_hash IN (SELECT message_id_hash FROM waiting WHERE message_id_hash <> 0)
            OR e.queue_id IN (SELECT queue_id FROM waiting WHERE message_id_hash = 0)
            OR e.next_queue_id <> '' AND 'n' || e.next_queue_id IN (SELECT of_message FROM waiting WHERE of_message LIKE 'n%'))
), sent AS (
    SELECT e.recipient_hash, e.message_id_hash, e.node_id, e.queue_id, e.outcome, e.egress_id, e.domain_id,
           e.provider_id, e.remote_host_id, e.stream_id, e.sasl_user_id, e.size_bytes, e.cohort, e.attempt, e.tls,
           e.direction, e.occurred_at, e.next_queue_id
      FROM message e
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
    HAVING sum(e.weight) > 0
), spoken_of AS (
    SELECT s.*, 'm' || s.message_id_hash::text AS of_message FROM sent s WHERE s.message_id_hash <> 0
    UNION ALL
    SELECT s.*, 'q' || s.queue_id FROM sent s WHERE s.queue_id <> ''
    UNION ALL
    SELECT s.*, 'n' || s.next_queue_id FROM sent s WHERE s.next_queue_id <> ''
), alone AS (
    SELECT of_message, min(recipient_hash) AS of_recipient
      FROM spoken_of GROUP BY of_message HAVING count(DISTINCT recipient_hash) = 1
), pair AS (
    SELECT w.*, w.recipient_hash AS of_recipient FROM waiting w WHERE w.recipient_hash <> 0
    UNION ALL
    SELECT w.*, a.of_recipient FROM waiting w JOIN alone a USING (of_message) WHERE w.recipient_hash = 0
)
SELECT DISTINCT ON (p.recipient_hash, p.mail_digest, p.block)
       p.recipient_hash, p.mail_digest, p.block, p.occurred_at, p.kind, p.signature_id, p.diagnostic, p.input_id,
       p.input_offset,
       bool_or(s.outcome NOT IN ('D', 'H', 'A') OR s.direction = 'i') OVER of_mail AS failed,
       bool_or(s.outcome = 'A') OVER of_mail AS bounced,
       s.node_id, s.queue_id, s.egress_id, s.message_id_hash, s.domain_id, s.provider_id, s.remote_host_id, s.stream_id,
       s.sasl_user_id, s.size_bytes, s.cohort, s.attempt, s.tls, s.direction, s.recipient_hash AS sent_to,
       p.state = 'p' AS struck, p.stream_id AS own_stream, p.provider_id AS own_provider, p.domain_id AS own_domain,
       s.occurred_at AS sent_at, s.outcome = 'H' AS by_smarthost
  FROM pair p
  JOIN spoken_of s ON s.of_message = p.of_message AND s.recipient_hash = p.of_recipient
   AND s.occurred_at >= p.occurred_at - CASE p.kind WHEN 'c' THEN interval '90 days' ELSE interval '14 days' END
   AND s.occurred_at < p.occurred_at + interval '1 day'
WINDOW of_mail AS (PARTITION BY p.recipient_hash, p.mail_digest, p.block)
 ORDER BY p.recipient_hash, p.mail_digest, p.block, s.outcome IN ('D', 'H') DESC, s.direction = 'h', s.occurred_at DESC,
          s.node_id, s.queue_id;

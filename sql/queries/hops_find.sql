-- Notes what is not yet as the hops tell it, life by life (node, queue id):
--   kind p  a hand-over: the rows of (node, queue id, recipient) that end at `at` are to count as one (handed) or no more
--   kind c  what came of a hand-over: all rows of (node, queue id, message) have the stream and the user of where it began,
--          and are what it was there (began_as, if that is known)
-- Evidence is told in migrations/0009_hops.sql. Rows are summed by weight first, so what was taken back is not seen.
--   kind r  a smarthost's 250 at `at` that came back as a bounce (handed false: no more): accepted, and failed later
--   $1 since   $2 until: bounds of the hand-overs, an hour wider than what came in
--   $5 until: of what came of them
--   $3 text[] next_queue_ids   $4 bigint[] message_id_hashes: of hand-overs up to 10 days before them
-- again: when it is told, there may be more to tell (what came of it is handed over itself)
INSERT INTO hop_change
WITH service AS MATERIALIZED (
    SELECT node_id FROM service_node
), key AS MATERIALIZED (
    (SELECT next_queue_id AS key FROM event
      WHERE occurred_at >= $1 AND occurred_at < $2 AND outcome IN ('D', 'H') AND direction IN ('s', 'f', 'h')
        AND next_queue_id <> ''
     INTERSECT
     SELECT hop_key(queue_id) FROM event
      WHERE occurred_at >= $1 AND occurred_at < $5 AND queue_id <> '')
    UNION
    SELECT unnest($3::text[])
), message AS MATERIALIZED (
    SELECT message_id_hash FROM event
     WHERE occurred_at >= $1 AND occurred_at < $5 AND message_id_hash <> 0 AND queue_id <> ''
     GROUP BY message_id_hash HAVING min(node_id) <> max(node_id)
    UNION
    SELECT unnest($4::bigint[])
), handed AS MATERIALIZED (
    SELECT node_id, queue_id, next_queue_id, recipient_hash, message_id_hash, remote_host_id, stream_id, sasl_user_id,
           outcome, direction, attempt_flags, attempt, occurred_at
      FROM (SELECT * FROM event
             WHERE occurred_at >= $1 AND occurred_at < $2
               AND (next_queue_id IN (SELECT key FROM key) AND next_queue_id <> ''
                    OR (next_queue_id = '' OR outcome = 'H' OR attempt_flags & 2048 <> 0) AND message_id_hash IN (SELECT message_id_hash FROM message)
                    OR attempt_flags & 512 <> 0 OR direction = 'h' AND attempt > 1)
            UNION ALL
            SELECT * FROM event
             WHERE cardinality($3::text[]) > 0 AND occurred_at >= $1 - interval '10 days' AND occurred_at < $1
               AND (next_queue_id = ANY ($3) AND (direction = 'h' OR outcome = 'H') OR message_id_hash = ANY ($4))) AS e
     WHERE outcome IN ('D', 'H') AND direction IN ('s', 'f', 'h') AND queue_id <> ''
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
    HAVING sum(weight) > 0
), arrived AS MATERIALIZED (
    SELECT node_id, queue_id, recipient_hash, message_id_hash, stream_id, sasl_user_id, direction, outcome, attempt_flags,
           occurred_at, hop_key(queue_id) AS key, node_id IN (SELECT node_id FROM service) AS is_service,
           occurred_at - coalesce(delay_ms, 0) * interval '1 ms' AS arrived_at
      FROM event
     WHERE occurred_at >= $1 AND occurred_at < $5 AND queue_id <> '' AND outcome NOT IN ('R', 'A')
       AND (hop_key(queue_id) IN (SELECT key FROM key)
            OR message_id_hash IN (SELECT message_id_hash FROM message))
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
    HAVING sum(weight) > 0
), link AS (
    SELECT h.*, b.node_id AS to_node, b.queue_id AS to_queue, b.message_id_hash AS to_message,
           abs(extract(epoch FROM b.arrived_at - h.occurred_at)) AS apart,
           b.message_id_hash = h.message_id_hash AND h.message_id_hash <> 0 AS same_message,
           b.is_service OR h.message_id_hash <> 0 AND b.message_id_hash <> 0
           OR h.message_id_hash = 0 AND h.attempt_flags & 64 = 0
           OR b.message_id_hash = 0 AND b.attempt_flags & 64 = 0 AS settled -- no log that is still to come contradicts it
      FROM handed h
      JOIN arrived b ON b.key = h.next_queue_id
     WHERE h.next_queue_id <> '' AND (b.recipient_hash = h.recipient_hash OR b.attempt_flags & 256 <> 0)
       AND (b.node_id <> h.node_id OR h.direction = 'h' AND h.attempt_flags & 512 = 0 AND b.queue_id <> h.queue_id)
       AND CASE WHEN b.is_service
                THEN length(h.next_queue_id) >= 16 AND b.occurred_at >= h.occurred_at - interval '30 minutes'
                     AND b.occurred_at < h.occurred_at + interval '10 days'
                ELSE b.arrived_at >= h.occurred_at - interval '30 minutes'
                     AND b.arrived_at <= h.occurred_at + interval '30 minutes'
                     AND (h.message_id_hash = b.message_id_hash AND h.message_id_hash <> 0
                          OR (h.message_id_hash = 0 OR b.message_id_hash = 0) AND length(h.next_queue_id) >= 8) END
    UNION ALL
    SELECT h.*, b.node_id, b.queue_id, b.message_id_hash, abs(extract(epoch FROM b.arrived_at - h.occurred_at)), true, true
      FROM handed h
      JOIN arrived b ON b.message_id_hash = h.message_id_hash AND b.recipient_hash = h.recipient_hash
     WHERE h.message_id_hash <> 0 AND b.node_id <> h.node_id
       AND CASE WHEN b.is_service
                THEN (h.outcome = 'H' OR h.attempt_flags & 2048 <> 0) AND b.occurred_at >= h.occurred_at - interval '30 minutes'
                     AND b.occurred_at < h.occurred_at + interval '10 days'
                ELSE h.next_queue_id = '' AND b.arrived_at >= h.occurred_at - interval '30 minutes'
                     AND b.arrived_at <= h.occurred_at + interval '30 minutes'
                     AND EXISTS (SELECT FROM remote_host r JOIN node n ON is_named(r.name, n.host)
                                  WHERE r.remote_host_id = h.remote_host_id AND n.node_id = b.node_id) END
), best AS MATERIALIZED (
    SELECT DISTINCT ON (node_id, queue_id, recipient_hash, message_id_hash, occurred_at) *
      FROM link
     ORDER BY node_id, queue_id, recipient_hash, message_id_hash, occurred_at, same_message DESC, apart, to_node, to_queue
), before AS (
    SELECT h.node_id, h.queue_id, h.recipient_hash, h.message_id_hash, h.occurred_at
      FROM handed h
      JOIN (SELECT node_id, queue_id, recipient_hash, message_id_hash, occurred_at
              FROM event
             WHERE occurred_at >= $1 - interval '10 days' AND occurred_at < $2 AND outcome = 'Q' AND direction IN ('s', 'f')
               AND queue_id IN (SELECT queue_id FROM handed WHERE direction = 'h' AND attempt > 1)
             GROUP BY node_id, queue_id, recipient_hash, message_id_hash, occurred_at, input_offset, attempt, direction
            HAVING sum(weight) > 0) AS q
        ON q.node_id = h.node_id AND q.queue_id = h.queue_id AND q.recipient_hash = h.recipient_hash
       AND q.message_id_hash = h.message_id_hash AND q.occurred_at < h.occurred_at
       AND q.occurred_at >= h.occurred_at - interval '10 days'
     WHERE h.direction = 'h' AND h.attempt > 1
     GROUP BY 1, 2, 3, 4, 5
), bounced AS MATERIALIZED (
    SELECT node_id, queue_id, recipient_hash, message_id_hash
      FROM event
     WHERE occurred_at >= $1 AND occurred_at < $2 + interval '15 days' AND outcome = 'A'
     GROUP BY node_id, queue_id, recipient_hash, message_id_hash
    HAVING sum(weight) > 0
), complained AS MATERIALIZED (
    SELECT recipient_hash, node_id, message_id_hash
      FROM returned_mail
     WHERE state = 'c' AND occurred_at >= $1 AND occurred_at < $2 + interval '91 days' AND message_id_hash <> 0
), by_smarthost AS (
    SELECT node_id, queue_id, recipient_hash, message_id_hash, occurred_at, outcome
      FROM event
     WHERE occurred_at >= $1 AND occurred_at < $2 AND (outcome = 'H' OR attempt_flags & 2048 <> 0)
     GROUP BY node_id, queue_id, recipient_hash, message_id_hash, occurred_at, outcome, attempt_flags, input_offset, direction,
              stream_id, sasl_user_id
    HAVING sum(weight) > 0
), parent AS (
    SELECT DISTINCT ON (to_node, to_queue, to_message)
           to_node, to_queue, to_message, stream_id, sasl_user_id,
           CASE WHEN direction = 'f' OR attempt_flags & 1024 <> 0 THEN 'f'::"char" -- another's mail that we send on ...
                WHEN sasl_user_id <> 0 THEN 's' ELSE '-' END AS began_as           -- ours, whatever became of it later
      FROM best
     WHERE settled
     ORDER BY to_node, to_queue, to_message, apart, node_id, queue_id, sasl_user_id
)
SELECT node_id, row_number() OVER way, dense_rank() OVER (ORDER BY node_id, queue_id), kind, queue_id, message_id_hash,
       recipient_hash, at, handed, stream_id, sasl_user_id, began_as, again
  FROM (SELECT 'p'::"char" AS kind, h.node_id, h.queue_id, h.message_id_hash, h.recipient_hash, h.occurred_at AS at,
               b.to_node IS NOT NULL OR h.attempt_flags & 512 = 0 AS handed, 0::bigint AS stream_id,
               0::bigint AS sasl_user_id, '-'::"char" AS began_as,
               h.attempt_flags & 2048 <> 0 AS again
          FROM handed h
          LEFT JOIN best b USING (node_id, queue_id, recipient_hash, message_id_hash, occurred_at)
          LEFT JOIN before q USING (node_id, queue_id, recipient_hash, message_id_hash, occurred_at)
         WHERE b.to_node IS NOT NULL AND h.direction <> 'h'
            OR b.to_node IS NULL AND h.attempt_flags & 512 <> 0
               AND h.occurred_at >= $1 + interval '30 minutes' AND h.occurred_at < $2 - interval '30 minutes'
            OR q.node_id IS NOT NULL AND h.direction = 'h'
            OR (EXISTS (SELECT FROM bounced a -- joined to it while its next hop was not known
                         WHERE a.node_id = h.node_id AND a.queue_id = h.queue_id AND a.recipient_hash = h.recipient_hash
                           AND a.message_id_hash = h.message_id_hash)
                OR EXISTS (SELECT FROM complained a
                            WHERE a.recipient_hash = h.recipient_hash AND a.node_id = h.node_id
                              AND a.message_id_hash = h.message_id_hash))
               AND EXISTS (SELECT FROM arrived d -- where it is joined to now
                            WHERE d.node_id = b.to_node AND d.queue_id = b.to_queue AND d.outcome IN ('D', 'H'))
        UNION
        SELECT 'r', h.node_id, h.queue_id, h.message_id_hash, h.recipient_hash, h.occurred_at, b.node_id IS NOT NULL, 0, 0, '-', false
          FROM by_smarthost h
          LEFT JOIN bounced b USING (node_id, queue_id, recipient_hash, message_id_hash)
         WHERE (b.node_id IS NOT NULL) = (h.outcome = 'H')
        UNION
        SELECT 'c', c.node_id, c.queue_id, c.message_id_hash, 0, NULL, true, p.stream_id, p.sasl_user_id, p.began_as,
               EXISTS (SELECT FROM best x WHERE x.node_id = c.node_id AND x.queue_id = c.queue_id)
          FROM parent p
          JOIN arrived c ON c.node_id = p.to_node AND c.queue_id = p.to_queue AND c.message_id_hash = p.to_message
         WHERE c.stream_id <> p.stream_id OR p.sasl_user_id <> 0 AND c.sasl_user_id <> p.sasl_user_id
            OR p.began_as <> '-' AND (c.direction IN ('s', 'f') AND c.direction <> p.began_as
                                      OR c.direction = 'h' AND (c.attempt_flags & 1024 <> 0) <> (p.began_as = 'f'))) AS change
WINDOW way AS (ORDER BY node_id, queue_id, kind, recipient_hash, at, message_id_hash);

-- What was delivered to an address: how often, when last, and when last by a message that did not come back.
--   $1 recipient_hash
SELECT coalesce(sum(d.n), 0)::bigint AS deliveries, max(d.occurred_at) AS last_at,
       max(d.occurred_at) FILTER (WHERE d.bounced <= 0) AS standing_at
  FROM (SELECT e.occurred_at, e.outcome, sum(e.weight) AS n,
               coalesce(sum(sum(e.weight) FILTER (WHERE e.outcome = 'A')) OVER (
                   PARTITION BY e.message_id_hash, CASE WHEN e.message_id_hash = 0 THEN e.queue_id ELSE '' END), 0) AS bounced
          FROM event e
         WHERE e.recipient_hash = $1 AND e.outcome IN ('D', 'A') AND e.direction IN ('s', 'f')
         GROUP BY e.occurred_at, e.outcome, e.message_id_hash, CASE WHEN e.message_id_hash = 0 THEN e.queue_id ELSE '' END) d
 WHERE d.outcome = 'D' AND d.n > 0;

-- Deliveries that stand: 2xx by the final receiver, not taken back by restating, no bounce after them.
-- A row is asked for its recipient first: that stands at its front and rules nearly every row out, the other conditions
-- look at its end (OFFSET 0 keeps them back). The set that is asked is hashed, and bounded so that it always can be.
--   $1 since timestamptz   $2 the newest time we know of (clock or event)
INSERT INTO policy_delivery (recipient_hash, delivered_at, settled)
SELECT x.recipient_hash, x.occurred_at, x.occurred_at + (SELECT settled_after FROM policy_guard) <= $2
  FROM (SELECT e.recipient_hash, e.occurred_at, e.outcome, sum(e.weight) AS n,
               sum(sum(e.weight) FILTER (WHERE e.outcome = 'A')) OVER (
                   PARTITION BY e.recipient_hash, e.message_id_hash, e.queue) AS bounced
          FROM (SELECT e.recipient_hash, e.occurred_at, e.message_id_hash, e.weight, e.outcome, e.direction,
                       CASE WHEN e.message_id_hash = 0 THEN e.queue_id ELSE '' END AS queue
                  FROM event e
                  JOIN policy_work w ON w.recipient_hash = e.recipient_hash
                 WHERE w.read_again AND EXISTS (SELECT FROM strike s WHERE s.recipient_hash = w.recipient_hash)
                   AND e.occurred_at >= $1
                   AND ((SELECT count(*) FROM policy_work) > 1000000
                        OR e.recipient_hash IN (SELECT k.recipient_hash FROM policy_work k WHERE k.read_again LIMIT 1000000))
                OFFSET 0) e
         WHERE e.outcome IN ('D', 'A') AND e.direction IN ('s', 'f')
         GROUP BY e.recipient_hash, e.message_id_hash, e.queue, e.occurred_at, e.outcome) x
 WHERE x.outcome = 'D' AND x.n > 0 AND coalesce(x.bounced, 0) <= 0
 GROUP BY x.recipient_hash, x.occurred_at;

-- title: Nodes
-- promise: How the work and its success are spread over our relays and sending addresses.
-- takes: provider node egress stream
-- column: node | Node | text | our relay instance
-- column: egress | Egress | text | our sending address or pool
-- column: attempted | Attempted | messages | at least one try at a remote host
-- column: share | Share | rate | of everything attempted
-- column: delivered | Delivered | messages wide | accepted by the receiver, those that bounced later included
-- column: pending | Waiting | messages wide | attempted, no end seen yet
-- column: failed | Failed | messages | refused, expired or returned
-- column: delivery_rate | Delivery | rate stayed/final | delivered and never returned, of all that came to an end
-- column: hard_bounce_rate | Hard | rate hard/final | failures of the address
-- column: block_rate | Block | rate refused/final | failures that are about us: sender, reputation, content
-- column: soft_fail_rate | Soft | rate soft/final detail | failures of the mailbox's state, of their system or the network
-- column: deferral_rate | Deferral | rate deferred/attempted wide | deferred at least once, of all attempted
-- column: blocked_share | Blocked share | rate blocked/attempted detail | met a refusal that is about us, of all attempted
-- column: stuck_rate | Stuck | rate stuck/attempted detail | waiting for more than an hour, of all attempted
-- column: tls_share | TLS | rate encrypted/tls_known | delivered over TLS, of deliveries whose encryption is known
-- column: passed_on | Passed on | messages wide | handed to another relay of ours, or to a service that tells us the rest; counted there
-- column: users | Users | count wide | authenticated users of the whole node
-- column: encrypted | Over TLS | messages detail | deliveries
-- column: tls_known | TLS known | messages detail | deliveries whose encryption is known
-- column: handed_over | Handed over | messages detail | accepted by a smarthost; their fate is unknown here
-- column: failed_sync | Refused | messages detail | refused for good while we were connected
-- column: failed_async | Bounced later | messages detail | accepted first, returned afterwards
-- column: expired | Expired | messages detail | given up at the end of their queue time
-- column: lost | Lost | messages detail | no end seen within ten days of log time
-- column: suppressed | Suppressed | messages detail | not tried because of our own list
-- column: attempts | Attempts | attempts detail | tries at remote hosts
-- column: final | Ended | messages detail | delivered, refused or expired
-- column: stayed | Delivered for good | messages detail | delivered and never returned
-- column: hard | Address failures | messages detail | class H
-- column: refused | Failures about us | messages detail | class B
-- column: soft | Other failures | messages detail | classes T and R
-- column: deferred | Deferred | messages detail | deferred at least once
-- column: blocked | Blocked | messages detail | met at least one refusal that is about us
-- column: stuck | Stuck | messages detail | waiting for more than an hour
-- column: passed_on_late | Passed on late | messages detail | deferred first, then handed to another relay of ours (a fallback, or one that was away)
WITH counts AS (
    SELECT node_id, egress_id, coalesce(sum(attempted) FILTER (WHERE direction = 's'), 0) AS attempted,
           coalesce(sum(n) FILTER (WHERE direction = 's' AND outcome = 'D'), 0) AS delivered,
           coalesce(sum(n) FILTER (WHERE direction = 's' AND outcome = 'H'), 0) AS handed_over,
           coalesce(sum(n) FILTER (WHERE direction = 's' AND outcome = 'F'), 0) AS failed_sync,
           coalesce(sum(n) FILTER (WHERE direction = 's' AND outcome = 'A'), 0) AS failed_async,
           coalesce(sum(n) FILTER (WHERE direction = 's' AND outcome = 'X'), 0) AS expired,
           coalesce(sum(n) FILTER (WHERE direction = 's' AND outcome = 'L'), 0) AS lost,
           coalesce(sum(n) FILTER (WHERE direction = 's' AND outcome = 'S'), 0) AS suppressed,
           coalesce(sum(first_deferred) FILTER (WHERE direction = 's'), 0) AS deferred,
           coalesce(sum(attempts) FILTER (WHERE direction = 's'), 0) AS attempts,
           coalesce(sum(blocked) FILTER (WHERE direction = 's'), 0) AS blocked,
           coalesce(sum(n) FILTER (WHERE direction = 's' AND outcome IN ('D', 'H') AND tls >= 2), 0) AS encrypted,
           coalesce(sum(n) FILTER (WHERE direction = 's' AND outcome IN ('D', 'H') AND tls >= 1), 0) AS tls_known,
           coalesce(sum(n) FILTER (WHERE direction = 'h' AND outcome IN ('D', 'H')), 0) AS passed_on,
           coalesce(sum(first_deferred) FILTER (WHERE direction = 'h'), 0) AS passed_on_late
      FROM rollup_hour
     WHERE direction IN ('s', 'h')
       AND ($3 = 'event' OR cohort >= $1 AND cohort < $2)
       AND ($3 = 'cohort' OR hour >= $1 AND hour < $2)
       AND ($4 IS NULL OR provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($6 IS NULL OR egress_id IN (SELECT egress_id FROM egress WHERE name = $6))
       AND ($7 IS NULL OR stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
     GROUP BY node_id, egress_id
    HAVING sum(n) <> 0 OR sum(attempted) <> 0
), causes AS (
    SELECT node_id, egress_id, provider_id, signature_id, outcome, sum(n) AS n
      FROM rollup_failure
     WHERE direction = 's'
       AND outcome IN ('F', 'X', 'A')
       AND ($3 = 'event' OR cohort >= $1 AND cohort < $2)
       AND ($3 = 'cohort' OR hour >= $1 AND hour < $2)
       AND ($4 IS NULL OR provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($6 IS NULL OR egress_id IN (SELECT egress_id FROM egress WHERE name = $6))
       AND ($7 IS NULL OR stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
     GROUP BY node_id, egress_id, provider_id, signature_id, outcome
), classed AS (
    SELECT u.node_id, u.egress_id, u.n,
           CASE WHEN c.category IS NULL THEN CASE WHEN u.outcome = 'X' THEN 'R' ELSE 'U' END
                WHEN c.category = 'policy_rejected' AND p.kind = 'mailbox' THEN 'B'
                WHEN c.class = '-' THEN 'R'
                ELSE c.class::text END AS class
      FROM causes u
      LEFT JOIN signature s ON s.signature_id = u.signature_id
      LEFT JOIN category c ON c.category = s.category
      LEFT JOIN provider p ON p.provider_id = u.provider_id
), failures AS (
    SELECT node_id, egress_id, sum(n) FILTER (WHERE class = 'H') AS hard, sum(n) FILTER (WHERE class = 'B') AS refused,
           sum(n) FILTER (WHERE class IN ('T', 'R')) AS soft
      FROM classed
     GROUP BY node_id, egress_id
), unsealed AS (
    SELECT min(d.day) AS since
      FROM (SELECT DISTINCT date_trunc('day', hour) AS day FROM rollup_hour WHERE hour >= $1) AS d
      LEFT JOIN sealed_day s ON s.day = d.day
     WHERE s.day IS NULL
), authenticated AS (
    SELECT node_id, sasl_user_id
      FROM rollup_sender r
      JOIN sealed_day s ON s.day = r.day
     WHERE sasl_user_id <> 0
       AND ($3 = 'event' OR cohort >= $1 AND cohort < $2)
       AND ($3 = 'cohort' OR r.day >= $1 AND r.day < $2)
     GROUP BY node_id, sasl_user_id
    HAVING sum(r.n) <> 0
    UNION
    SELECT node_id, sasl_user_id
      FROM event
     WHERE sasl_user_id <> 0
       AND occurred_at >= (SELECT since FROM unsealed)
       AND ($3 = 'event' OR cohort >= $1 AND cohort < $2)
       AND ($3 = 'cohort' OR occurred_at >= $1 AND occurred_at < $2)
     GROUP BY node_id, sasl_user_id
    HAVING sum(weight) <> 0
), user_counts AS (
    SELECT node_id, count(*) AS users FROM authenticated GROUP BY node_id
), sums AS (
    SELECT c.*, greatest(attempted - delivered - handed_over - failed_sync - expired - lost, 0) AS pending,
           delivered + failed_sync + expired AS final, delivered - failed_async AS stayed,
           failed_sync + expired + failed_async AS failed,
           coalesce(f.hard, 0) AS hard, coalesce(f.refused, 0) AS refused, coalesce(f.soft, 0) AS soft
      FROM counts c
      LEFT JOIN failures f USING (node_id, egress_id)
), waiting AS (
    SELECT o.node_id, o.egress_id, count(*) FILTER (WHERE o.first_at <= $10 - interval '1 hour') AS stuck
      FROM open_recipient o
      JOIN open_message m ON m.node_id = o.node_id AND m.queue_id = o.queue_id AND m.first_at = o.first_at
     WHERE o.direction = 's' AND o.deferred AND NOT m.closed AND NOT m.lost
       AND ($3 = 'event' OR o.cohort >= $1 AND o.cohort < $2)
       AND ($3 = 'cohort' OR o.first_at >= $1 AND o.first_at < $2)
       AND ($4 IS NULL OR o.provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR o.node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($6 IS NULL OR o.egress_id IN (SELECT egress_id FROM egress WHERE name = $6))
       AND ($7 IS NULL OR m.stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
     GROUP BY o.node_id, o.egress_id
), shaped AS (
    SELECT s.*, coalesce(w.stuck, 0) AS stuck FROM sums s LEFT JOIN waiting w USING (node_id, egress_id)
)
SELECT coalesce(o.name, '(unknown)') AS node, coalesce(e.name, '-') AS egress, s.attempted::bigint, (s.attempted / nullif(sum(s.attempted) OVER (), 0))::float8 AS share,
       s.delivered::bigint, s.pending::bigint, s.failed::bigint,
       (s.stayed / nullif(s.final, 0))::float8 AS delivery_rate,
       (s.hard / nullif(s.final, 0))::float8 AS hard_bounce_rate,
       (s.refused / nullif(s.final, 0))::float8 AS block_rate,
       (s.soft / nullif(s.final, 0))::float8 AS soft_fail_rate,
       (s.deferred / nullif(s.attempted, 0))::float8 AS deferral_rate,
       (s.blocked / nullif(s.attempted, 0))::float8 AS blocked_share,
       (s.stuck / nullif(s.attempted, 0))::float8 AS stuck_rate,
       (s.encrypted / nullif(s.tls_known, 0))::float8 AS tls_share, s.passed_on::bigint, coalesce(u.users, 0) AS users,
       s.encrypted::bigint, s.tls_known::bigint,
       s.handed_over::bigint, s.failed_sync::bigint, s.failed_async::bigint, s.expired::bigint, s.lost::bigint,
       s.suppressed::bigint, s.attempts::bigint, s.final::bigint, s.stayed::bigint, s.hard::bigint, s.refused::bigint,
       s.soft::bigint, s.deferred::bigint, s.blocked::bigint, s.stuck::bigint, s.passed_on_late::bigint
  FROM shaped s
  LEFT JOIN node o ON o.node_id = s.node_id
  LEFT JOIN egress e ON e.egress_id = s.egress_id
  LEFT JOIN user_counts u ON u.node_id = s.node_id
 ORDER BY s.attempted DESC, 1, 2
 LIMIT $9;

-- title: Domains
-- promise: What became of the mail to each recipient domain.
-- takes: provider node stream domain
-- column: domain | Domain | text | of the recipient's address
-- column: provider | Provider | text wide | who took most of it
-- column: attempted | Attempted | messages | at least one try at a remote host
-- column: delivered | Delivered | messages | accepted by the receiver, those that bounced later included
-- column: pending | Waiting | messages wide | attempted, no end seen yet
-- column: failed | Failed | messages | refused, expired or returned
-- column: delivery_rate | Delivery | rate stayed/final | delivered and never returned, of all that came to an end
-- column: hard_bounce_rate | Hard | rate hard/final | failures of the address
-- column: block_rate | Block | rate refused/final | failures that are about us: sender, reputation, content
-- column: soft_fail_rate | Soft | rate soft/final detail | failures of the mailbox's state, of their system or the network
-- column: handed_over | Handed over | messages detail | accepted by a smarthost; their fate is unknown here
-- column: failed_sync | Refused | messages detail | refused for good while we were connected
-- column: failed_async | Bounced later | messages detail | accepted first, returned afterwards
-- column: expired | Expired | messages detail | given up at the end of their queue time
-- column: lost | Lost | messages detail | no end seen within ten days of log time
-- column: suppressed | Suppressed | messages detail | not tried because of our own list
-- column: local_error | Local errors | messages detail | never left the relay
-- column: final | Ended | messages detail | delivered, refused or expired
-- column: stayed | Delivered for good | messages detail | delivered and never returned
-- column: hard | Address failures | messages detail | class H
-- column: refused | Failures about us | messages detail | class B
-- column: soft | Other failures | messages detail | classes T and R
-- Sealed days come from their roll-up, the others from the events themselves, aggregated by id before anything is named.
WITH unsealed AS (
    SELECT min(d.day) AS since
      FROM (SELECT DISTINCT date_trunc('day', hour) AS day FROM rollup_hour WHERE hour >= $1) AS d
      LEFT JOIN sealed_day s ON s.day = d.day
     WHERE s.day IS NULL
), today AS (
    SELECT date_trunc('day', e.occurred_at) AS day, e.domain_id, e.provider_id, e.outcome, e.signature_id,
           sum(e.weight) AS n, sum(e.weight) FILTER (WHERE e.attempt_flags & 2 <> 0) AS attempted
      FROM event e
     WHERE e.direction = 's'
       AND e.occurred_at >= (SELECT since FROM unsealed)
       AND ($3 = 'event' OR e.cohort >= $1 AND e.cohort < $2)
       AND ($3 = 'cohort' OR e.occurred_at >= $1 AND e.occurred_at < $2)
       AND ($4 IS NULL OR e.provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR e.node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($7 IS NULL OR e.stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
       AND ($8 IS NULL OR e.domain_id IN (SELECT domain_id FROM domain WHERE name = $8))
     GROUP BY 1, 2, 3, 4, 5
), rows AS (
    SELECT r.domain_id, r.provider_id, r.outcome, r.signature_id, sum(r.n) AS n, sum(r.attempted) AS attempted
      FROM rollup_domain r
      JOIN sealed_day s ON s.day = r.day
     WHERE r.direction = 's'
       AND ($3 = 'event' OR r.cohort >= $1 AND r.cohort < $2)
       AND ($3 = 'cohort' OR r.day >= $1 AND r.day < $2)
       AND ($4 IS NULL OR r.provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR r.node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($7 IS NULL OR r.stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
       AND ($8 IS NULL OR r.domain_id IN (SELECT domain_id FROM domain WHERE name = $8))
     GROUP BY r.domain_id, r.provider_id, r.outcome, r.signature_id
    UNION ALL
    SELECT t.domain_id, t.provider_id, t.outcome, t.signature_id, t.n, t.attempted
      FROM today t
      LEFT JOIN sealed_day s ON s.day = t.day
     WHERE s.day IS NULL
), classed AS (
    SELECT u.domain_id, u.provider_id, u.outcome, u.n, u.attempted,
           CASE WHEN u.outcome NOT IN ('F', 'X', 'A') THEN ''
                WHEN c.category IS NULL THEN CASE WHEN u.outcome = 'X' THEN 'R' ELSE 'U' END
                WHEN c.category = 'policy_rejected' AND p.kind = 'mailbox' THEN 'B'
                WHEN c.class = '-' THEN 'R'
                ELSE c.class::text END AS class
      FROM rows u
      LEFT JOIN signature s ON s.signature_id = u.signature_id
      LEFT JOIN category c ON c.category = s.category
      LEFT JOIN provider p ON p.provider_id = u.provider_id
), by_provider AS (
    SELECT domain_id, provider_id, sum(attempted) AS attempted,
           coalesce(sum(n) FILTER (WHERE outcome = 'D'), 0) AS delivered,
           coalesce(sum(n) FILTER (WHERE outcome = 'H'), 0) AS handed_over,
           coalesce(sum(n) FILTER (WHERE outcome = 'F'), 0) AS failed_sync,
           coalesce(sum(n) FILTER (WHERE outcome = 'A'), 0) AS failed_async,
           coalesce(sum(n) FILTER (WHERE outcome = 'X'), 0) AS expired,
           coalesce(sum(n) FILTER (WHERE outcome = 'L'), 0) AS lost,
           coalesce(sum(n) FILTER (WHERE outcome = 'S'), 0) AS suppressed,
           coalesce(sum(n) FILTER (WHERE outcome = 'E'), 0) AS local_error,
           coalesce(sum(n) FILTER (WHERE class = 'H'), 0) AS hard,
           coalesce(sum(n) FILTER (WHERE class = 'B'), 0) AS refused,
           coalesce(sum(n) FILTER (WHERE class IN ('T', 'R')), 0) AS soft
      FROM classed
     GROUP BY domain_id, provider_id
), sums AS (
    SELECT domain_id, (array_agg(provider_id ORDER BY attempted DESC NULLS LAST, provider_id))[1] AS provider_id,
           coalesce(sum(attempted), 0) AS attempted, sum(delivered) AS delivered, sum(handed_over) AS handed_over,
           sum(failed_sync) AS failed_sync, sum(failed_async) AS failed_async, sum(expired) AS expired,
           sum(lost) AS lost, sum(suppressed) AS suppressed, sum(local_error) AS local_error, sum(hard) AS hard,
           sum(refused) AS refused, sum(soft) AS soft,
           sum(delivered + failed_sync + expired) AS final, sum(delivered - failed_async) AS stayed,
           sum(failed_sync + expired + failed_async) AS failed
      FROM by_provider
     GROUP BY domain_id
    HAVING sum(attempted) <> 0 OR sum(delivered + failed_sync + expired + failed_async + suppressed + local_error) <> 0
)
SELECT coalesce(d.name, '(unknown)') AS domain, coalesce(p.provider, 'other') AS provider, s.attempted::bigint,
       s.delivered::bigint,
       greatest(s.attempted - s.delivered - s.handed_over - s.failed_sync - s.expired - s.lost, 0)::bigint AS pending,
       s.failed::bigint,
       (s.stayed / nullif(s.final, 0))::float8 AS delivery_rate,
       (s.hard / nullif(s.final, 0))::float8 AS hard_bounce_rate,
       (s.refused / nullif(s.final, 0))::float8 AS block_rate,
       (s.soft / nullif(s.final, 0))::float8 AS soft_fail_rate,
       s.handed_over::bigint, s.failed_sync::bigint, s.failed_async::bigint, s.expired::bigint, s.lost::bigint,
       s.suppressed::bigint, s.local_error::bigint, s.final::bigint, s.stayed::bigint, s.hard::bigint,
       s.refused::bigint, s.soft::bigint
  FROM sums s
  LEFT JOIN domain d ON d.domain_id = s.domain_id
  LEFT JOIN provider p ON p.provider_id = s.provider_id
 ORDER BY s.attempted DESC, s.failed DESC, 1
 LIMIT $9;

-- title: Authenticated users
-- promise: Who logged in to send, how much of it arrived, and how much failed: a stolen account shows here.
-- takes: provider node stream
-- column: user | User | text | as it logged in; (none) is mail without a login
-- column: attempted | Attempted | messages | at least one try at a remote host
-- column: share | Share | rate | of everything attempted
-- column: delivered | Delivered | messages | accepted by the receiver
-- column: failed | Failed | messages | refused, expired or returned
-- column: delivery_rate | Delivery | rate stayed/final | delivered and never returned, of all that came to an end
-- column: bounce_rate | Failure | rate failed/final | refused, expired or returned, of all that came to an end
-- column: streams | Streams | count | kinds of mail sent
-- column: suppressed | Suppressed | messages detail | not tried because of our own list
-- column: final | Ended | messages detail | delivered, refused or expired
-- column: stayed | Delivered for good | messages detail | delivered and never returned
-- Sealed days come from their roll-up, the others from the events themselves, aggregated by id before anything is named.
WITH unsealed AS (
    SELECT min(d.day) AS since
      FROM (SELECT DISTINCT date_trunc('day', hour) AS day FROM rollup_hour WHERE hour >= $1) AS d
      LEFT JOIN sealed_day s ON s.day = d.day
     WHERE s.day IS NULL
), today AS (
    SELECT date_trunc('day', e.occurred_at) AS day, e.sasl_user_id, e.stream_id, e.outcome, sum(e.weight) AS n,
           sum(e.weight) FILTER (WHERE e.attempt_flags & 2 <> 0) AS attempted
      FROM event e
     WHERE e.direction = 's'
       AND e.occurred_at >= (SELECT since FROM unsealed)
       AND ($3 = 'event' OR e.cohort >= $1 AND e.cohort < $2)
       AND ($3 = 'cohort' OR e.occurred_at >= $1 AND e.occurred_at < $2)
       AND ($4 IS NULL OR e.provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR e.node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($7 IS NULL OR e.stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
     GROUP BY 1, 2, 3, 4
), rows AS (
    SELECT r.sasl_user_id, r.stream_id, r.outcome, sum(r.n) AS n, sum(r.attempted) AS attempted
      FROM rollup_sender r
      JOIN sealed_day s ON s.day = r.day
     WHERE r.direction = 's'
       AND ($3 = 'event' OR r.cohort >= $1 AND r.cohort < $2)
       AND ($3 = 'cohort' OR r.day >= $1 AND r.day < $2)
       AND ($4 IS NULL OR r.provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR r.node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($7 IS NULL OR r.stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
     GROUP BY r.sasl_user_id, r.stream_id, r.outcome
    UNION ALL
    SELECT t.sasl_user_id, t.stream_id, t.outcome, t.n, t.attempted
      FROM today t
      LEFT JOIN sealed_day s ON s.day = t.day
     WHERE s.day IS NULL
), counts AS (
    SELECT sasl_user_id, coalesce(sum(attempted), 0) AS attempted,
           coalesce(sum(n) FILTER (WHERE outcome = 'D'), 0) AS delivered,
           coalesce(sum(n) FILTER (WHERE outcome IN ('F', 'X')), 0) AS refused,
           coalesce(sum(n) FILTER (WHERE outcome = 'A'), 0) AS returned,
           coalesce(sum(n) FILTER (WHERE outcome = 'S'), 0) AS suppressed,
           count(DISTINCT stream_id) FILTER (WHERE n <> 0) AS streams
      FROM rows
     GROUP BY sasl_user_id
    HAVING sum(attempted) <> 0 OR sum(n) <> 0
), sums AS (
    SELECT c.*, delivered + refused AS final, delivered - returned AS stayed, refused + returned AS failed FROM counts c
)
SELECT coalesce(u.name, '(none)') AS user, s.attempted::bigint,
       (s.attempted / nullif(sum(s.attempted) OVER (), 0))::float8 AS share, s.delivered::bigint, s.failed::bigint,
       (s.stayed / nullif(s.final, 0))::float8 AS delivery_rate, (s.failed / nullif(s.final, 0))::float8 AS bounce_rate,
       s.streams, s.suppressed::bigint, s.final::bigint, s.stayed::bigint
  FROM sums s
  LEFT JOIN sasl_user u ON u.sasl_user_id = s.sasl_user_id
 ORDER BY s.attempted DESC, s.failed DESC, 1
 LIMIT $9;

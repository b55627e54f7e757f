-- title: Overview
-- promise: How much of the mail we sent arrived, is still waiting, or failed, in one row.
-- layout: list
-- takes: provider node egress stream
-- column: injected | Injected | messages | attempted, suppressed and local errors together
-- column: attempted | Attempted | messages | at least one try at a remote host
-- column: delivered | Delivered | messages | accepted by the receiver, those that bounced later included
-- column: handed_over | Handed over | messages | accepted by a smarthost; their fate is unknown here
-- column: failed_sync | Refused | messages | refused for good while we were connected
-- column: failed_async | Bounced later | messages | accepted first, returned afterwards
-- column: expired | Expired | messages | given up at the end of their queue time
-- column: pending | Still waiting | messages | attempted, no end seen yet
-- column: lost | Lost | messages | no end seen within ten days of log time
-- column: suppressed | Suppressed | messages | not tried because of our own list
-- column: local_error | Local errors | messages | never left the relay
-- column: deferred | Deferred at least once | messages | a 4xx reply or a failed connection on the way
-- column: attempts | Attempts | attempts | tries at remote hosts
-- column: deferred_attempts | Deferred attempts | attempts | tries that ended with "later"
-- column: local_delivered | Delivered locally | messages detail | mailboxes, pipes, LMTP: no part of the rates
-- column: local_failed | Failed locally | messages detail | no part of the rates
-- column: forwarded | Forwarded | messages detail | others' mail sent on: no part of the rates
-- column: rejected_inbound | Rejected at our door | messages detail | no part of the rates
-- column: delivery_rate | Delivery rate | rate stayed/final | delivered and never returned, of all that came to an end
-- column: acceptance_rate | Acceptance rate | rate delivered/final detail | accepted, of all that came to an end; not inbox placement
-- column: bounce_rate | Bounce rate | rate failed/final | refused, expired or returned, of all that came to an end
-- column: hard_bounce_rate | Hard bounce rate | rate hard/final | failures of the address
-- column: block_rate | Block rate | rate refused/final | failures that are about us: sender, reputation, content
-- column: soft_fail_rate | Soft failure rate | rate soft/final | failures of the mailbox's state, of their system or the network
-- column: deferral_rate | Deferral rate | rate deferred/attempted | deferred at least once, of all attempted
-- column: stuck_rate | Stuck rate | rate stuck/attempted | waiting for more than an hour, of all attempted
-- column: blocked_share | Blocked share | rate blocked/attempted | met a refusal that is about us, or a blocklist, of all attempted
-- column: on_time_60s | Within 60 seconds | rate on_time/attempted | delivered within a minute of injection, of all attempted
-- column: complaint_rate | Complaint rate | rate complaints/feedback_delivered | complaints, of what was delivered where complaints are reported
-- column: unclassified_rate | Unclassified rate | rate unclassified/refusals detail | refusals that no rule knows, of all refusals
-- column: final | Ended | messages detail | delivered, refused or expired
-- column: stayed | Delivered for good | messages detail | delivered and never returned
-- column: failed | Failed | messages | refused, expired or returned
-- column: hard | Address failures | messages detail | class H
-- column: refused | Failures about us | messages detail | class B
-- column: soft | Other failures | messages detail | classes T and R
-- column: stuck | Stuck | messages detail | waiting for more than an hour
-- column: blocked | Blocked | messages detail | met at least one refusal that is about us
-- column: on_time | On time | messages detail | delivered within 60 s
-- column: complaints | Complaints | messages | distinct messages that were complained about
-- column: feedback_delivered | Delivered where complaints are reported | messages detail | the complaint rate's denominator
-- column: unclassified | Refusals without a rule | attempts detail | failures and deferrals
-- column: refusals | Refusals | attempts detail | failures and deferrals
-- column: expiring | Near expiry | messages detail | waiting for three days or more
WITH counts AS (
    SELECT provider_id,
           sum(attempted) FILTER (WHERE direction = 's') AS attempted,
           sum(n) FILTER (WHERE direction = 's' AND outcome = 'D') AS delivered,
           sum(n) FILTER (WHERE direction = 's' AND outcome = 'H') AS handed_over,
           sum(n) FILTER (WHERE direction = 's' AND outcome = 'F') AS failed_sync,
           sum(n) FILTER (WHERE direction = 's' AND outcome = 'A') AS failed_async,
           sum(n) FILTER (WHERE direction = 's' AND outcome = 'X') AS expired,
           sum(n) FILTER (WHERE direction = 's' AND outcome = 'L') AS lost,
           sum(n) FILTER (WHERE direction = 's' AND outcome = 'S') AS suppressed,
           sum(n) FILTER (WHERE direction = 's' AND outcome = 'E') AS local_error,
           sum(first_deferred) FILTER (WHERE direction = 's') AS deferred,
           sum(attempts) FILTER (WHERE direction = 's') AS attempts,
           sum(attempts) FILTER (WHERE direction = 's' AND outcome = 'Q') AS deferred_attempts,
           sum(blocked) FILTER (WHERE direction = 's') AS blocked,
           sum(on_time_60s) FILTER (WHERE direction = 's') AS on_time,
           sum(n) FILTER (WHERE direction = 'i' AND outcome = 'D') AS local_delivered,
           sum(n) FILTER (WHERE direction = 'i' AND outcome IN ('F', 'X', 'A')) AS local_failed,
           sum(n) FILTER (WHERE direction = 'f' AND outcome IN ('D', 'H')) AS forwarded,
           sum(n) FILTER (WHERE outcome = 'R') AS rejected_inbound
      FROM rollup_hour
     WHERE ($3 = 'event' OR cohort >= $1 AND cohort < $2)
       AND ($3 = 'cohort' OR hour >= $1 AND hour < $2)
       AND ($4 IS NULL OR provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($6 IS NULL OR egress_id IN (SELECT egress_id FROM egress WHERE name = $6))
       AND ($7 IS NULL OR stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
     GROUP BY provider_id
), causes AS (
    SELECT provider_id, signature_id, outcome, sum(n) AS n
      FROM rollup_failure
     WHERE direction = 's'
       AND outcome IN ('F', 'X', 'A', 'Q')
       AND ($3 = 'event' OR cohort >= $1 AND cohort < $2)
       AND ($3 = 'cohort' OR hour >= $1 AND hour < $2)
       AND ($4 IS NULL OR provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($6 IS NULL OR egress_id IN (SELECT egress_id FROM egress WHERE name = $6))
       AND ($7 IS NULL OR stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
     GROUP BY provider_id, signature_id, outcome
), classed AS (
    SELECT u.outcome, u.n,
           CASE WHEN c.category IS NULL THEN CASE WHEN u.outcome = 'X' THEN 'R' ELSE 'U' END
                WHEN c.category = 'policy_rejected' AND p.kind = 'mailbox' THEN 'B'
                WHEN c.class = '-' THEN 'R'
                ELSE c.class::text END AS class
      FROM causes u
      LEFT JOIN signature s ON s.signature_id = u.signature_id
      LEFT JOIN category c ON c.category = s.category
      LEFT JOIN provider p ON p.provider_id = u.provider_id
), failures AS (
    SELECT sum(n) FILTER (WHERE outcome <> 'Q' AND class = 'H') AS hard,
           sum(n) FILTER (WHERE outcome <> 'Q' AND class = 'B') AS refused,
           sum(n) FILTER (WHERE outcome <> 'Q' AND class IN ('T', 'R')) AS soft,
           sum(n) FILTER (WHERE class = 'U') AS unclassified,
           sum(n) AS refusals
      FROM classed
), complained AS (
    SELECT provider_id, count(DISTINCT (recipient_hash, message_id_hash)) AS complaints
      FROM returned_mail
     WHERE kind = 'c' AND state = 'c' AND block < 1048576
       AND occurred_at >= $1 AND occurred_at < $2
       AND ($4 IS NULL OR provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($7 IS NULL OR stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
     GROUP BY provider_id
), feedback AS (
    -- Where complaints are reported: as configured (setting "fbl", ids with commas), else where any came from.
    SELECT provider_id
      FROM provider
     WHERE provider = ANY (string_to_array((SELECT value FROM setting WHERE name = 'fbl'), ','))
    UNION
    SELECT provider_id FROM complained WHERE NOT EXISTS (SELECT FROM setting WHERE name = 'fbl')
), waiting AS (
    SELECT count(*) FILTER (WHERE o.first_at <= $10 - interval '1 hour') AS stuck,
           count(*) FILTER (WHERE o.first_at <= $10 - interval '3 days') AS expiring
      FROM open_recipient o
      JOIN open_message m ON m.node_id = o.node_id AND m.queue_id = o.queue_id AND m.first_at = o.first_at
     WHERE o.direction = 's' AND o.deferred AND NOT m.closed AND NOT m.lost
       AND ($3 = 'event' OR o.cohort >= $1 AND o.cohort < $2)
       AND ($3 = 'cohort' OR o.first_at >= $1 AND o.first_at < $2)
       AND ($4 IS NULL OR o.provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR o.node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($6 IS NULL OR o.egress_id IN (SELECT egress_id FROM egress WHERE name = $6))
       AND ($7 IS NULL OR m.stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
), sums AS (
    SELECT coalesce(sum(attempted), 0) AS attempted, coalesce(sum(delivered), 0) AS delivered,
           coalesce(sum(handed_over), 0) AS handed_over, coalesce(sum(failed_sync), 0) AS failed_sync,
           coalesce(sum(failed_async), 0) AS failed_async, coalesce(sum(expired), 0) AS expired,
           coalesce(sum(lost), 0) AS lost, coalesce(sum(suppressed), 0) AS suppressed,
           coalesce(sum(local_error), 0) AS local_error, coalesce(sum(deferred), 0) AS deferred,
           coalesce(sum(attempts), 0) AS attempts,
           coalesce(sum(deferred_attempts), 0) AS deferred_attempts, coalesce(sum(blocked), 0) AS blocked,
           coalesce(sum(on_time), 0) AS on_time, coalesce(sum(local_delivered), 0) AS local_delivered,
           coalesce(sum(local_failed), 0) AS local_failed, coalesce(sum(forwarded), 0) AS forwarded,
           coalesce(sum(rejected_inbound), 0) AS rejected_inbound,
           coalesce(sum(delivered) FILTER (WHERE provider_id IN (SELECT provider_id FROM feedback)), 0)
               AS feedback_delivered
      FROM counts
), shaped AS (
    SELECT s.*, greatest(attempted - delivered - handed_over - failed_sync - expired - lost, 0) AS pending,
           delivered + failed_sync + expired AS final, delivered - failed_async AS stayed,
           failed_sync + expired + failed_async AS failed,
           coalesce(f.hard, 0) AS hard, coalesce(f.refused, 0) AS refused, coalesce(f.soft, 0) AS soft,
           coalesce(f.unclassified, 0) AS unclassified, coalesce(f.refusals, 0) AS refusals,
           (SELECT coalesce(sum(complaints), 0) FROM complained) AS complaints, w.stuck, w.expiring
      FROM sums s CROSS JOIN failures f CROSS JOIN waiting w
)
SELECT (attempted + suppressed + local_error)::bigint AS injected, attempted::bigint, delivered::bigint,
       handed_over::bigint, failed_sync::bigint, failed_async::bigint, expired::bigint, pending::bigint, lost::bigint,
       suppressed::bigint, local_error::bigint, deferred::bigint, attempts::bigint, deferred_attempts::bigint,
       local_delivered::bigint, local_failed::bigint, forwarded::bigint, rejected_inbound::bigint,
       (stayed / nullif(final, 0))::float8 AS delivery_rate,
       (delivered / nullif(final, 0))::float8 AS acceptance_rate,
       (failed / nullif(final, 0))::float8 AS bounce_rate,
       (hard / nullif(final, 0))::float8 AS hard_bounce_rate,
       (refused / nullif(final, 0))::float8 AS block_rate,
       (soft / nullif(final, 0))::float8 AS soft_fail_rate,
       (deferred / nullif(attempted, 0))::float8 AS deferral_rate,
       (stuck / nullif(attempted, 0))::float8 AS stuck_rate,
       (blocked / nullif(attempted, 0))::float8 AS blocked_share,
       (on_time / nullif(attempted, 0))::float8 AS on_time_60s,
       (complaints / nullif(feedback_delivered, 0))::float8 AS complaint_rate,
       (unclassified / nullif(refusals, 0))::float8 AS unclassified_rate,
       final::bigint, stayed::bigint, failed::bigint, hard::bigint, refused::bigint, soft::bigint, stuck::bigint,
       blocked::bigint, on_time::bigint, complaints::bigint, feedback_delivered::bigint, unclassified::bigint,
       refusals::bigint, expiring::bigint
  FROM shaped;

-- title: Undelivered
-- promise: Each message that failed or is still waiting: when, to whom, why, and what to do; the newest first.
-- takes: provider node egress stream domain
-- column: time | Time | time | of the failure, or of the latest attempt
-- column: sender | Sender | text | the stream that sent it
-- column: recipient | Recipient | text | the address; its domain where addresses are not kept
-- column: reason | Reason | text long | in plain words, with what was said
-- column: next_step | Next step | text long | who does what
-- column: message_id | Message-ID | text detail | where known
-- column: state | State | text | refused, expired, bounced later, waiting
-- column: category | Category | text detail | why
-- column: provider | Provider | text detail | who answered
-- column: node | Node | text detail | our relay
-- column: queue_id | Queue id | text detail | for `rebound trace`
-- column: attempts | Attempts | attempts detail | so far
-- Only the hours that hold the newest failures are read from the events; rows that were taken back cancel out.
WITH failing_hours AS (
    SELECT hour, sum(n) AS n
      FROM rollup_failure
     WHERE direction = 's'
       AND outcome IN ('F', 'X', 'A')
       AND ($3 = 'event' OR cohort >= $1 AND cohort < $2)
       AND ($3 = 'cohort' OR hour >= $1 AND hour < $2)
       AND ($4 IS NULL OR provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($6 IS NULL OR egress_id IN (SELECT egress_id FROM egress WHERE name = $6))
       AND ($7 IS NULL OR stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
     GROUP BY hour
), newest AS (
    SELECT min(hour) AS since
      FROM (SELECT hour, sum(n) OVER (ORDER BY hour DESC) - n AS later FROM failing_hours) AS h
     WHERE later < $9 OR $8 IS NOT NULL
), failed AS (
    SELECT recipient_hash, node_id, queue_id, domain_id, provider_id, stream_id, signature_id, outcome,
           max(occurred_at) AS at, max(attempt) AS attempts
      FROM event
     WHERE direction = 's'
       AND outcome IN ('F', 'X', 'A')
       AND occurred_at >= (SELECT since FROM newest)
       AND ($3 = 'event' OR cohort >= $1 AND cohort < $2)
       AND ($3 = 'cohort' OR occurred_at >= $1 AND occurred_at < $2)
       AND ($4 IS NULL OR provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($6 IS NULL OR egress_id IN (SELECT egress_id FROM egress WHERE name = $6))
       AND ($7 IS NULL OR stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
       AND ($8 IS NULL OR domain_id IN (SELECT domain_id FROM domain WHERE name = $8))
     GROUP BY recipient_hash, node_id, queue_id, domain_id, provider_id, stream_id, signature_id, outcome
    HAVING sum(weight) > 0
), addressed AS (
    SELECT f.*, r.address, (SELECT k.reply FROM strike k
                             WHERE k.recipient_hash = f.recipient_hash AND k.day = (f.at AT TIME ZONE 'UTC')::date
                               AND k.signature_id = f.signature_id AND k.stream_id = f.stream_id) AS reply
      FROM failed f
      LEFT JOIN recipient r ON r.recipient_hash = f.recipient_hash
     ORDER BY f.at DESC, f.queue_id, f.recipient_hash, f.signature_id, f.outcome
     LIMIT $9
), waiting AS (
    SELECT o.recipient_hash, o.node_id, o.queue_id, o.domain_id, o.provider_id, m.stream_id, o.signature_id,
           'Q'::"char" AS outcome, o.last_at AS at, o.attempts, o.address, NULL AS reply
      FROM open_recipient o
      JOIN open_message m ON m.node_id = o.node_id AND m.queue_id = o.queue_id AND m.first_at = o.first_at
     WHERE o.direction = 's' AND o.deferred AND NOT m.closed AND NOT m.lost
       AND ($3 = 'event' OR o.cohort >= $1 AND o.cohort < $2)
       AND ($3 = 'cohort' OR o.first_at >= $1 AND o.first_at < $2)
       AND ($4 IS NULL OR o.provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR o.node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($6 IS NULL OR o.egress_id IN (SELECT egress_id FROM egress WHERE name = $6))
       AND ($7 IS NULL OR m.stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
       AND ($8 IS NULL OR o.domain_id IN (SELECT domain_id FROM domain WHERE name = $8))
     ORDER BY o.last_at DESC, o.queue_id, o.recipient_hash
     LIMIT $9
), newest_rows AS (
    SELECT recipient_hash, node_id, queue_id, domain_id, provider_id, stream_id, signature_id, outcome, at, attempts,
           address, reply
      FROM addressed
    UNION ALL
    SELECT recipient_hash, node_id, queue_id, domain_id, provider_id, stream_id, signature_id, outcome, at, attempts,
           address, reply
      FROM waiting
), named AS (
    SELECT u.*, coalesce(nullif(u.reply, ''), concat_ws(' ', nullif(s.reply_code, 0), nullif(s.enhanced_status, ''), s.masked))
               AS said, -- what was said to others names other hosts
           coalesce(s.category, CASE WHEN u.outcome = 'X' THEN 'timeout_expired' ELSE 'unclassified' END) AS category
      FROM newest_rows u
      LEFT JOIN signature s ON s.signature_id = u.signature_id
)
SELECT u.at AS time, coalesce(t.name, '') AS sender,
       coalesce(nullif(u.address, ''), '(address not kept)@' || d.name, '(unknown)') AS recipient,
       coalesce(c.title, u.category) || coalesce(': ' || nullif(u.said, ''), '') AS reason,
       coalesce(c.advice, '') AS next_step, NULL::text AS message_id,
       CASE u.outcome WHEN 'F' THEN 'refused' WHEN 'X' THEN 'expired' WHEN 'A' THEN 'bounced later'
                      ELSE 'waiting' END AS state,
       u.category, coalesce(p.provider, 'other') AS provider, coalesce(o.name, '(unknown)') AS node, u.queue_id,
       u.attempts
  FROM named u
  LEFT JOIN category c ON c.category = u.category
  LEFT JOIN stream t ON t.stream_id = u.stream_id
  LEFT JOIN domain d ON d.domain_id = u.domain_id
  LEFT JOIN provider p ON p.provider_id = u.provider_id
  LEFT JOIN node o ON o.node_id = u.node_id
 ORDER BY u.at DESC, u.queue_id, recipient, u.recipient_hash, u.signature_id, u.outcome
 LIMIT $9;

-- title: Reasons
-- promise: Why mail failed, whose fault that was, and what to do about it.
-- takes: provider node egress stream
-- column: category | Category | text | why
-- column: title | Reason | text detail | in words
-- column: fault | Fault | text | who has to act
-- column: severity | Severity | text detail | hard or soft
-- column: class | Class | text detail | H address, T mailbox, B about us, R their side, U unknown
-- column: recipient_messages | Failed | messages | refused, expired or returned for this reason
-- column: share | Share | rate | of all failures
-- column: attempts | Refusals | attempts | failures and deferrals for this reason
-- column: deferrals | Deferrals | attempts | of them "later"
-- column: failed_sync | Refused | messages detail | refused for good while we were connected
-- column: expired | Expired | messages detail | given up at the end of their queue time
-- column: failed_async | Bounced later | messages detail | accepted first, returned afterwards
-- column: advice | What to do | text detail | the next step
WITH causes AS (
    SELECT provider_id, signature_id, outcome, sum(n) AS n, sum(attempts) AS attempts
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
), named AS (
    SELECT coalesce(s.category, CASE WHEN u.outcome = 'X' THEN 'timeout_expired' ELSE 'unclassified' END) AS category,
           u.outcome, u.n, u.attempts, coalesce(p.kind = 'mailbox', false) AS mailbox
      FROM causes u
      LEFT JOIN signature s ON s.signature_id = u.signature_id
      LEFT JOIN provider p ON p.provider_id = u.provider_id
), sums AS (
    -- A mailbox provider's policy is about us; another's is theirs: two rows.
    SELECT category, category = 'policy_rejected' AND mailbox AS about_us,
           coalesce(sum(n) FILTER (WHERE outcome <> 'Q'), 0) AS failed,
           coalesce(sum(n) FILTER (WHERE outcome = 'F'), 0) AS failed_sync,
           coalesce(sum(n) FILTER (WHERE outcome = 'X'), 0) AS expired,
           coalesce(sum(n) FILTER (WHERE outcome = 'A'), 0) AS failed_async,
           coalesce(sum(n) FILTER (WHERE outcome = 'Q'), 0) AS deferrals,
           sum(attempts) AS attempts
      FROM named
     GROUP BY 1, 2
    HAVING sum(n) <> 0
)
SELECT s.category, coalesce(c.title, s.category) AS title, coalesce(c.fault, 'unknown') AS fault,
       coalesce(c.severity, '') AS severity,
       CASE WHEN s.about_us THEN 'B' ELSE coalesce(c.class::text, 'U') END AS class,
       s.failed::bigint AS recipient_messages,
       (s.failed / nullif(sum(s.failed) OVER (), 0))::float8 AS share,
       s.attempts::bigint, s.deferrals::bigint, s.failed_sync::bigint AS failed_sync, s.expired::bigint,
       s.failed_async::bigint, coalesce(c.advice, '') AS advice
  FROM sums s
  LEFT JOIN category c ON c.category = s.category
 ORDER BY s.failed DESC, s.attempts DESC, 1, 5
 LIMIT $9;

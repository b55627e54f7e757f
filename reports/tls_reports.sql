-- title: TLS reports about our domains
-- promise: What others who sent mail to our domains say of encryption (RFC 8460): sessions, failures and why, by policy.
-- column: policy_domain | Our domain | text | whose policy they looked for
-- column: organization | Reported by | text | who sent the mail
-- column: policy_type | Policy | text | sts (MTA-STS), tlsa (DANE) or no-policy-found
-- column: sessions | Sessions | count | tried, as they count them
-- column: failed | Failed | count | sessions that failed
-- column: failure_rate | Failure | rate failed/sessions | of all sessions
-- column: failures | Why | text long | types of failure with their sessions
-- column: reports | Reports | count wide | received
-- column: last_day | Last day | time | told of
-- column: successful | Successful | count detail | sessions that went well
-- column: mode | Policy as seen | text detail | of the latest report
-- column: mx_hosts | MX of the policy | text detail | of the latest report
WITH standing AS (
    SELECT r.item_id, r.version, r.organization, r.day, p.policy, p.policy_type, p.policy_domain, p.policy_text, p.mx_hosts,
           p.successful, p.failed
      FROM tls_report r
      JOIN tls_policy p ON p.item_id = r.item_id AND p.version = r.version
     WHERE r.day >= $1 AND r.day < $2
), sums AS (
    SELECT policy_domain, organization, policy_type, count(DISTINCT item_id) AS reports, sum(successful) AS successful,
           sum(failed) AS failed, max(day) AS last_day,
           (array_agg(policy_text ORDER BY day DESC, policy_text))[1] AS mode,
           (array_agg(mx_hosts ORDER BY day DESC, mx_hosts))[1] AS mx_hosts
      FROM standing
     GROUP BY policy_domain, organization, policy_type
), types AS (
    SELECT s.policy_domain, s.organization, s.policy_type, f.result_type, sum(f.sessions) AS sessions
      FROM standing s
      JOIN tls_failure f ON f.item_id = s.item_id AND f.version = s.version AND f.policy = s.policy
     GROUP BY s.policy_domain, s.organization, s.policy_type, f.result_type
), texts AS (
    SELECT policy_domain, organization, policy_type,
           string_agg(result_type || ' ' || sessions, ', ' ORDER BY sessions DESC, result_type) AS failures
      FROM types
     GROUP BY policy_domain, organization, policy_type
)
SELECT s.policy_domain, s.organization, s.policy_type, (s.successful + s.failed)::bigint AS sessions, s.failed::bigint,
       (s.failed / nullif(s.successful + s.failed, 0))::float8 AS failure_rate, coalesce(t.failures, '') AS failures,
       s.reports, s.last_day::timestamptz AS last_day, s.successful::bigint, s.mode, s.mx_hosts
  FROM sums s
  LEFT JOIN texts t USING (policy_domain, organization, policy_type)
 ORDER BY s.failed DESC, sessions DESC, 1, 2, 3
 LIMIT $9;

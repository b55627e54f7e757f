-- title: TLS failures at our domains
-- promise: Why sessions of others to our mail hosts failed over TLS, as they reported it (RFC 8460): type, host, and since when.
-- column: policy_domain | Our domain | text | whose policy they looked for
-- column: result_type | Type | text | as RFC 8460 4.3 names it: certificate-expired, starttls-not-supported ...
-- column: receiving_mx | Our host | text | that they spoke to
-- column: sessions | Sessions | count | that failed so
-- column: organizations | Reporters | count | who told of it
-- column: sending_hosts | Senders | count wide | addresses that met it
-- column: first_day | First day | time wide | told of
-- column: last_day | Last day | time | told of
-- column: reason | Reason | text long | in a reporter's words
-- column: receiving_ip | Our address | text detail | that they spoke to
SELECT p.policy_domain, f.result_type, f.receiving_mx, sum(f.sessions)::bigint AS sessions,
       count(DISTINCT r.organization) AS organizations, count(DISTINCT nullif(f.sending_ip, '')) AS sending_hosts,
       min(r.day)::timestamptz AS first_day, max(r.day)::timestamptz AS last_day,
       coalesce(max(nullif(concat_ws(' ', nullif(f.reason_code, ''), nullif(f.information, '')), '')), '') AS reason,
       coalesce(max(nullif(f.receiving_ip, '')), '') AS receiving_ip
  FROM tls_report r
  JOIN tls_policy p ON p.item_id = r.item_id AND p.version = r.version
  JOIN tls_failure f ON f.item_id = p.item_id AND f.version = p.version AND f.policy = p.policy
 WHERE r.day >= $1 AND r.day < $2
 GROUP BY p.policy_domain, f.result_type, f.receiving_mx
 ORDER BY sum(f.sessions) DESC, 1, 2, 3
 LIMIT $9;

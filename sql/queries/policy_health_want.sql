-- Which nodes' days and hours the strikes in question need to know about: only of addresses and domains that have
-- enough strikes to be listed at all.
INSERT INTO policy_health (node_id, at, hours, basis, tried, failing, delivered)
SELECT x.node_id, x.at, x.hours,
       (SELECT coalesce(sum(r.n), 0) FROM rollup_hour r
         WHERE r.node_id = x.node_id AND r.hour >= x.at AND r.hour < x.at + make_interval(hours => x.hours)), -1, 0, 0
  FROM (SELECT DISTINCT s.node_id, s.day::timestamptz AS at, 24 AS hours
          FROM (SELECT s.*, p.listed_after, count(*) OVER (PARTITION BY s.recipient_hash, s.reason) AS n
                  FROM policy_strike s
                  JOIN policy_work w ON w.recipient_hash = s.recipient_hash
                  JOIN policy p ON p.category = s.reason AND p.node_domains > 0) s
         WHERE s.n >= s.listed_after
        UNION ALL
        SELECT DISTINCT s.node_id, date_trunc('hour', s.at), 1
          FROM policy_strike s
          JOIN policy_domain d ON d.domain_id = s.domain_id
          JOIN policy p ON p.category = s.reason AND p.resolver_share > 0
         WHERE s.kind = 'domain') x
ON CONFLICT (node_id, at, hours) DO NOTHING;

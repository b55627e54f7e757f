-- Which nodes' days and hours the strikes in question need to know about: only of addresses and domains whose strikes
-- are enough, and far enough apart, to be listed at all if every one of them counts. The days on which the domains took
-- mail are known by now: strikes of such a day count for nothing, and the day parts those before it from those after.
INSERT INTO policy_health (node_id, at, hours, basis, tried, failing, delivered)
SELECT x.node_id, x.at, x.hours,
       (SELECT coalesce(sum(r.n), 0) FROM rollup_hour r
         WHERE r.node_id = x.node_id AND r.hour >= x.at AND r.hour < x.at + make_interval(hours => x.hours)), -1, 0, 0
  FROM (SELECT DISTINCT s.node_id, s.day::timestamptz AS at, 24 AS hours
          FROM (SELECT s.node_id, s.day, count(*) OVER run AS n, max(s.at) OVER run - min(s.at) OVER run AS span,
                       min(CASE WHEN s.known_good THEN p.known_good_after WHEN s.at_once THEN 1 ELSE p.listed_after END) OVER run AS need,
                       greatest(p.min_gap, p.min_span) AS apart
                  FROM policy_strike s
                  JOIN policy_work w ON w.recipient_hash = s.recipient_hash
                  JOIN policy p ON p.category = s.reason AND p.node_domains > 0
                WINDOW run AS (PARTITION BY s.recipient_hash, s.reason)) s
         WHERE s.n >= s.need AND (s.need <= 1 OR s.span >= s.apart)
        UNION ALL
        SELECT DISTINCT s.node_id, date_trunc('hour', s.at), 1
          FROM (SELECT s.node_id, s.at, p.listed_after AS need, greatest(p.min_gap, p.min_span) AS apart,
                       max(s.at) OVER run - min(s.at) OVER run AS span,
                       max(s.day) OVER run > min(s.day) OVER run AS days_differ
                  FROM (SELECT s.*, (SELECT max(y.day) FROM policy_domain_day y
                                      WHERE y.domain_id = s.domain_id AND y.day < s.day) AS after_day
                          FROM policy_strike s
                          JOIN policy_domain d ON d.domain_id = s.domain_id
                         WHERE s.kind = 'domain'
                           AND NOT EXISTS (SELECT FROM policy_domain_day y WHERE y.domain_id = s.domain_id AND y.day = s.day)) s
                  JOIN policy p ON p.category = s.reason AND p.resolver_share > 0
                WINDOW run AS (PARTITION BY s.domain_id, s.reason, s.after_day)) s
         WHERE s.need <= 1 OR (s.days_differ AND s.span >= s.apart)) x
ON CONFLICT (node_id, at, hours) DO NOTHING;

-- Days on which a domain in question took mail: sealed days from the roll-up, the others from the events, of which those
-- before the first day there is that is not sealed need not be read. A domain is in question for many recipients, and
-- asked once.
INSERT INTO policy_domain_day (domain_id, day)
WITH asked AS MATERIALIZED (SELECT DISTINCT domain_id FROM policy_domain),
span AS (SELECT f.day, greatest(f.day, (SELECT max(z.day) + 1 FROM sealed_day z)) AS unsealed -- that one is not, for sure
           FROM (SELECT min(s.at)::date - 1 AS day
                   FROM policy_strike s JOIN asked d ON d.domain_id = s.domain_id
                  WHERE s.kind = 'domain') f)
SELECT x.domain_id, x.day
  FROM (SELECT r.domain_id, r.day, r.n
          FROM rollup_domain r
          JOIN asked d ON d.domain_id = r.domain_id
          JOIN sealed_day z ON z.day = r.day
         WHERE r.outcome = 'D'
        UNION ALL
        SELECT e.domain_id, e.occurred_at::date, e.weight
          FROM event e
          JOIN asked d ON d.domain_id = e.domain_id
         WHERE e.outcome = 'D'
           AND e.occurred_at >= (SELECT min(g.day)
                                   FROM span p, generate_series(p.day, p.unsealed, interval '1 day') AS g (day)
                                  WHERE g.day = p.unsealed
                                     OR event_day_exists(g.day::date)
                                        AND NOT EXISTS (SELECT FROM sealed_day z WHERE z.day = g.day::date))
           AND NOT EXISTS (SELECT FROM sealed_day z WHERE z.day = e.occurred_at::date)) x
 GROUP BY x.domain_id, x.day HAVING sum(x.n) > 0
ON CONFLICT (domain_id, day) DO NOTHING;

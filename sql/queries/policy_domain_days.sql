-- Days on which a domain in question took mail: sealed days from the roll-up, the others from the events.
INSERT INTO policy_domain_day (domain_id, day)
SELECT x.domain_id, x.day
  FROM (SELECT r.domain_id, r.day, r.n
          FROM rollup_domain r
          JOIN policy_domain d ON d.domain_id = r.domain_id
          JOIN sealed_day z ON z.day = r.day
         WHERE r.outcome = 'D'
        UNION ALL
        SELECT e.domain_id, e.occurred_at::date, e.weight
          FROM event e
          JOIN policy_domain d ON d.domain_id = e.domain_id
         WHERE e.outcome = 'D'
           AND e.occurred_at >= (SELECT min(s.at) - interval '1 day' FROM policy_strike s
                                   JOIN policy_domain d ON d.domain_id = s.domain_id WHERE s.kind = 'domain')
           AND NOT EXISTS (SELECT FROM sealed_day z WHERE z.day = e.occurred_at::date)) x
 GROUP BY x.domain_id, x.day HAVING sum(x.n) > 0
ON CONFLICT (domain_id, day) DO NOTHING;

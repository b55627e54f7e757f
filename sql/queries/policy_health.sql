-- Fills in what is wanted of nodes and resolvers, from the events of those hours and days. Wanted times and DNS failures
-- are looked up in hashed sets, so that a wrong guess of their number cannot make a bad plan.
WITH bounds AS MATERIALIZED (
    SELECT min(m.at) AS from_at, max(m.at + make_interval(hours => m.hours)) AS to_at FROM policy_health m WHERE m.tried < 0),
said AS MATERIALIZED (
    SELECT e.node_id, e.domain_id, e.outcome = 'D' AS delivered, date_trunc('hour', e.occurred_at) AS hour,
           e.signature_id IN (SELECT g.signature_id FROM signature g
                               WHERE g.category IN ('domain_not_found', 'no_mail_service', 'dns_failure')) AS failing
      FROM event e
     WHERE e.occurred_at >= (SELECT from_at FROM bounds) AND e.occurred_at < (SELECT to_at FROM bounds)
       AND (date_trunc('hour', e.occurred_at) IN (SELECT m.at FROM policy_health m WHERE m.tried < 0 AND m.hours = 1)
            OR date_trunc('day', e.occurred_at) IN (SELECT m.at FROM policy_health m WHERE m.tried < 0 AND m.hours = 24))
       AND e.direction = 's' AND e.outcome IN ('D', 'Q', 'F', 'X')
     GROUP BY 1, 2, 3, 4, 5 HAVING sum(e.weight) > 0),
told AS MATERIALIZED ( -- once, not once a wanted time
    SELECT node_id, hour AS at, 1 AS hours, count(DISTINCT domain_id) AS tried,
           count(DISTINCT domain_id) FILTER (WHERE failing) AS failing,
           count(DISTINCT domain_id) FILTER (WHERE delivered) AS delivered
      FROM said GROUP BY node_id, hour
    UNION ALL
    SELECT node_id, date_trunc('day', hour), 24, count(DISTINCT domain_id),
           count(DISTINCT domain_id) FILTER (WHERE failing), count(DISTINCT domain_id) FILTER (WHERE delivered)
      FROM said GROUP BY node_id, date_trunc('day', hour))
UPDATE policy_health h SET tried = coalesce(x.tried, 0), failing = coalesce(x.failing, 0), delivered = coalesce(x.delivered, 0)
  FROM (SELECT w.node_id, w.at, w.hours, t.tried, t.failing, t.delivered
          FROM policy_health w
          LEFT JOIN told t ON t.node_id = w.node_id AND t.at = w.at AND t.hours = w.hours
         WHERE w.tried < 0) x
 WHERE h.tried < 0 AND x.node_id = h.node_id AND x.at = h.at AND x.hours = h.hours;

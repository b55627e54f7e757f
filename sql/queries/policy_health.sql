-- Fills in what is wanted of nodes and resolvers, from the events of those hours.
UPDATE policy_health h SET tried = x.tried, failing = x.failing, delivered = x.delivered
  FROM (SELECT w.node_id, w.at, w.hours, count(DISTINCT e.domain_id) AS tried,
               count(DISTINCT e.domain_id) FILTER (WHERE g.category IN ('domain_not_found', 'no_mail_service', 'dns_failure')) AS failing,
               count(DISTINCT e.domain_id) FILTER (WHERE e.outcome = 'D') AS delivered
          FROM (SELECT m.*, m.at + make_interval(hours => i) AS hour
                  FROM policy_health m CROSS JOIN generate_series(0, 23) AS i
                 WHERE m.tried < 0 AND i < m.hours) w
          LEFT JOIN (SELECT e.node_id, e.domain_id, e.outcome, e.signature_id, date_trunc('hour', e.occurred_at) AS hour
                       FROM event e
                      WHERE e.occurred_at >= (SELECT min(m.at) FROM policy_health m WHERE m.tried < 0)
                        AND e.occurred_at < (SELECT max(m.at) + interval '1 day' FROM policy_health m WHERE m.tried < 0)
                        AND date_trunc('hour', e.occurred_at) = ANY (ARRAY(
                            SELECT DISTINCT m.at + make_interval(hours => i)
                              FROM policy_health m CROSS JOIN generate_series(0, 23) AS i
                             WHERE m.tried < 0 AND i < m.hours))
                        AND e.direction = 's' AND e.outcome IN ('D', 'Q', 'F', 'X')
                      GROUP BY 1, 2, 3, 4, 5 HAVING sum(e.weight) > 0) e ON e.node_id = w.node_id AND e.hour = w.hour
          LEFT JOIN signature g ON g.signature_id = e.signature_id
         GROUP BY w.node_id, w.at, w.hours) x
 WHERE h.tried < 0 AND x.node_id = h.node_id AND x.at = h.at AND x.hours = h.hours;

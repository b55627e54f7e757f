-- Where an address stands by each row of the policy it has strikes for: strikes in a row since the last delivery that
-- stands or the last release, and what the row asks for.
--   $1 recipient_hash   $2 domain name for a domain, else ''
SELECT x.reason, x.strikes, x.first_at, x.last_at,
       CASE WHEN x.known_good THEN p.known_good_after WHEN x.at_once THEN 1 ELSE p.listed_after END AS needed,
       extract(epoch FROM greatest(p.min_gap, p.min_span))::bigint AS apart_s, extract(epoch FROM p.ttl)::bigint AS ttl_s,
       p.needs_reset, x.known_good, x.lifted, x.incident, p.kind
  FROM (SELECT s.reason, count(DISTINCT s.day) FILTER (WHERE NOT s.lifted) AS strikes, min(s.at) FILTER (WHERE NOT s.lifted) AS first_at,
               max(s.at) FILTER (WHERE NOT s.lifted) AS last_at, bool_or(s.known_good) AS known_good, bool_or(s.at_once) AS at_once,
               count(*) FILTER (WHERE s.lifted) AS lifted, count(*) FILTER (WHERE s.roof_incident OR s.domain_incident) AS incident
          FROM policy_strike s
          LEFT JOIN (SELECT max(h.last_event) AS released_to FROM suppression_history h
                      WHERE h.recipient_hash = $1 AND h.scope = 'global' AND h.change = 'release' AND h.actor <> 'policy') b ON true
         WHERE (s.recipient_hash = $1
                OR ($2 <> '' AND s.kind = 'domain' AND s.domain_id = (SELECT d.domain_id FROM domain d WHERE d.name = $2 LIMIT 1)))
           AND NOT s.delivered_since AND (b.released_to IS NULL OR s.at > b.released_to)
         GROUP BY s.reason) x
  JOIN policy p ON p.category = x.reason
 ORDER BY x.reason;

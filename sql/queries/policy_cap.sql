-- Daily cap: more new entries a day than the floor and the share of the addresses mailed that day wait for an operator.
-- Entries that another guard holds take no place.
--   $1 a number of its own from the configuration (0: the policy's)
WITH placed AS MATERIALIZED (
    SELECT e.recipient_hash, e.scope, e.listed_at::date AS day,
           row_number() OVER (PARTITION BY e.listed_at::date ORDER BY e.listed_at, e.recipient_hash, e.scope) AS place,
           count(*) OVER (PARTITION BY e.listed_at::date) AS entries
      FROM policy_entry e
     WHERE e.listed_at IS NOT NULL AND e.state_cause NOT IN ('incident', 'listing', 'unverified')),
full_days AS MATERIALIZED (
    SELECT p.day, max(p.entries) AS entries, ceil(max(p.entries) / nullif(max(g.cap_share), 0))::bigint AS enough
      FROM placed p CROSS JOIN policy_guard g
     WHERE p.entries > CASE WHEN $1 > 0 THEN $1 ELSE g.cap_floor END
     GROUP BY p.day),
some_mailed AS MATERIALIZED ( -- part of a day is often proof enough that its entries are within the share
    SELECT d.day, s.addresses, d.enough IS NULL OR ceil(g.cap_share * s.addresses) >= d.entries AS proven
      FROM full_days d
     CROSS JOIN policy_guard g
     CROSS JOIN LATERAL (SELECT count(*) AS addresses
                           FROM (SELECT DISTINCT v.recipient_hash
                                   FROM (SELECT v.recipient_hash FROM event v
                                          WHERE v.occurred_at >= d.day AND v.occurred_at < d.day + 1
                                            AND v.direction = 's' AND v.outcome IN ('D', 'H', 'Q', 'F', 'X')
                                          LIMIT d.enough + d.enough / 2) v) u) s
     WHERE $1 <= 0),
mailed AS MATERIALIZED (
    SELECT m.day, m.addresses FROM some_mailed m WHERE m.proven
    UNION ALL
    SELECT m.day, s.addresses
      FROM some_mailed m
     CROSS JOIN LATERAL (SELECT count(*) AS addresses
                           FROM (SELECT DISTINCT v.recipient_hash FROM event v
                                  WHERE v.occurred_at >= m.day AND v.occurred_at < m.day + 1
                                    AND v.direction = 's' AND v.outcome IN ('D', 'H', 'Q', 'F', 'X')) u) s
     WHERE NOT m.proven),
judged AS MATERIALIZED (
    SELECT p.recipient_hash, p.scope,
           f.day IS NOT NULL
           AND p.place > CASE WHEN $1 > 0 THEN $1
                              ELSE greatest(g.cap_floor, ceil(g.cap_share * coalesce(m.addresses, 0))) END AS over
      FROM placed p
     CROSS JOIN policy_guard g
      LEFT JOIN full_days f ON f.day = p.day
      LEFT JOIN mailed m ON m.day = p.day)
UPDATE policy_entry e
   SET state = CASE WHEN j.over AND NOT e.confirmed THEN 'pending' ELSE 'active' END,
       state_cause = CASE WHEN j.over AND NOT e.confirmed THEN 'cap' ELSE '' END
  FROM judged j
 WHERE j.recipient_hash = e.recipient_hash AND j.scope = e.scope
   AND (e.state = 'active' OR (e.state = 'pending' AND e.state_cause = 'cap'))
   AND (e.state = 'pending') <> (j.over AND NOT e.confirmed);

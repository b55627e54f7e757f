-- Notes the places and days of the hard failures we hold of those looked at: before their strikes are weighed anew, and after.
INSERT INTO policy_touched (kind, roof, domain_id, day)
SELECT DISTINCT place.kind, place.roof, place.domain_id, s.day
  FROM policy_strike s
  JOIN policy_work w ON w.recipient_hash = s.recipient_hash
 CROSS JOIN LATERAL (VALUES ('r'::"char", s.roof, 0::bigint), ('d'::"char", '', s.domain_id)) AS place (kind, roof, domain_id)
 WHERE w.read_again AND s.hard AND (place.roof <> '' OR place.domain_id <> 0)
ON CONFLICT (kind, roof, domain_id, day) DO NOTHING;

-- Final failures of an address (or of a domain's addresses that count for the domain), oldest first, with where each was
-- read and whether the policy counts it.
--   $1 recipient_hash   $2 domain name for a domain, else ''
SELECT s.first_at, g.category, s.strikes > 0 AS in_force, s.evidence::text AS evidence, s.origin,
       coalesce(nullif(p.reason, ''), p.category, '') AS reason, w.recipient_hash IS NOT NULL AS counted,
       coalesce(w.lifted, false) AS lifted, coalesce(w.roof_incident OR w.domain_incident, false) AS incident,
       coalesce(w.known_good, false) AS known_good, coalesce(w.delivered_since, false) AS delivered_since, w.prev_delivery,
       coalesce(nullif(n.host || CASE WHEN n.instance <> '' THEN '/' || n.instance ELSE '' END, ''), n.name, '') AS node,
       coalesce(i.path, '') AS path, s.input_offset, s.reply, g.rule, g.masked, g.enhanced_status, coalesce(v.provider, '') AS provider,
       coalesce(t.name, '') AS stream, coalesce(r.address, '') AS address
  FROM strike s
  JOIN signature g ON g.signature_id = s.signature_id
  LEFT JOIN policy p ON p.category = g.category
  LEFT JOIN policy_strike w ON w.recipient_hash = s.recipient_hash AND w.day = s.day AND w.signature_id = s.signature_id
                           AND w.stream_id = s.stream_id AND w.reason = coalesce(nullif(p.reason, ''), p.category)
  LEFT JOIN node n ON n.node_id = s.node_id
  LEFT JOIN input_position i ON i.input_id = s.input_id
  LEFT JOIN provider v ON v.provider_id = s.provider_id
  LEFT JOIN stream t ON t.stream_id = s.stream_id
  LEFT JOIN recipient r ON r.recipient_hash = s.recipient_hash
 WHERE s.recipient_hash = $1
    OR ($2 <> '' AND p.kind = 'domain' AND s.domain_id = (SELECT d.domain_id FROM domain d WHERE d.name = $2 LIMIT 1))
 ORDER BY s.first_at, s.signature_id, s.stream_id
 LIMIT 200;

-- Weighs strikes: final failures with evidence A to C of a category the policy names, at most one a recipient, reason
-- and day, each with the delivery before it. 'other' is no provider: those hosts share no roof. A delivery that has not stood long enough protects, but resets nothing yet.
INSERT INTO policy_strike (recipient_hash, reason, day, at, kind, signature_id, stream_id, node_id, provider_id, domain_id,
                           roof, input_id, input_offset, origin, evidence, personal, at_once, hard,
                           prev_delivery, delivered_since, known_good, fresh)
SELECT t.recipient_hash, t.reason, t.day, t.at, t.kind, t.signature_id, t.stream_id, t.node_id, t.provider_id, t.domain_id,
       t.roof, t.input_id, t.input_offset, t.origin, t.evidence, t.personal, t.at_once, t.hard,
       t.prev_delivery, coalesce(t.last_delivery > t.at, false),
       coalesce(t.last_seen >= t.at - t.known_good, false),
       t.hard AND row_number() OVER (PARTITION BY t.recipient_hash, t.hard, t.prev_delivery ORDER BY t.at, t.reason) = 1
  FROM (SELECT l.*,
               max(l.delivered_at) FILTER (WHERE l.settled) OVER before AS prev_delivery,
               max(l.delivered_at) OVER before AS last_seen,
               max(l.delivered_at) FILTER (WHERE l.settled) OVER (PARTITION BY l.recipient_hash) AS last_delivery
          FROM (SELECT s.*, NULL::timestamptz AS delivered_at, NULL::boolean AS settled
                  FROM (SELECT DISTINCT ON (s.recipient_hash, coalesce(nullif(p.reason, ''), p.category), s.day)
                               s.recipient_hash, coalesce(nullif(p.reason, ''), p.category) AS reason, s.day, s.first_at AS at,
                               p.kind, s.signature_id, s.stream_id, s.node_id, s.provider_id, s.domain_id,
                               CASE WHEN v.provider = 'other' THEN '' ELSE coalesce(v.roof, '') END AS roof, s.input_id, s.input_offset, s.origin, s.evidence,
                               coalesce(t.kind, 'bulk') <> 'bulk' AS personal,
                               p.at_once <> '' AND g.enhanced_status || ' ' || g.rule || ' ' || g.masked ~* p.at_once AS at_once,
                               p.incident AS hard, p.known_good
                          FROM strike s
                          JOIN policy_work w ON w.recipient_hash = s.recipient_hash
                          JOIN signature g ON g.signature_id = s.signature_id
                          JOIN policy p ON p.category = g.category
                          LEFT JOIN stream t ON t.stream_id = s.stream_id
                          LEFT JOIN provider v ON v.provider_id = s.provider_id
                         WHERE w.read_again AND s.strikes > 0 AND s.evidence IN ('A', 'B', 'C') AND p.scope = 'global'
                         ORDER BY s.recipient_hash, coalesce(nullif(p.reason, ''), p.category), s.day,
                                  s.first_at, s.signature_id, s.stream_id) s
                UNION ALL
                SELECT d.recipient_hash, '', d.delivered_at::date, d.delivered_at, '', 0, 0, 0, 0, 0, '', 0, 0, '', NULL,
                       false, false, false, NULL, d.delivered_at, d.settled
                  FROM policy_delivery d) l
        WINDOW before AS (PARTITION BY l.recipient_hash ORDER BY l.at
                          RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP)) t
 WHERE t.reason <> '';

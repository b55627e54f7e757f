-- One entry an address from its strikes. A run is what lies between two deliveries that stand, or behind an operator's
-- release; the latest run that reached the policy's number makes the entry, and a delivery or release after it ends it.
-- Counted three ways: clean (no guard speaks against it), standing (incidents included: pending), said (strikes lifted
-- by a listing included: released, so that it can be explained). Nothing here depends on what earlier runs decided.
--   $1 now timestamptz   $2 stale after, in seconds
INSERT INTO policy_entry (recipient_hash, scope, address, domain, kind, state, reason, origin, evidence, strikes, first_event,
                          last_event, expires_at, signature_id, diagnostic, rule, node_id, input_id, input_offset, provider_id,
                          changed_at, note, listed_at, state_cause, confirmed)
SELECT DISTINCT ON (e.recipient_hash)
       e.recipient_hash, 'global', coalesce(lower(a.address COLLATE "C"), ''), coalesce(a.domain, ''), 'address',
       e.state, e.reason, e.origin, e.evidence, e.strikes, e.first_event, e.last_event, e.expires_at, e.signature_id,
       coalesce(k.reply, ''), coalesce(g.rule, ''), e.node_id, e.input_id, e.input_offset, e.provider_id, $1, '', e.listed_at,
       CASE WHEN e.state = 'pending' THEN 'incident'
            WHEN e.state <> 'released' THEN ''
            WHEN NOT e.met_standing THEN 'listing' WHEN e.delivered_since THEN 'delivered' ELSE 'operator' END, e.confirmed
  FROM (SELECT r.*,
               CASE WHEN NOT r.met_standing OR r.delivered_since OR r.before_release THEN 'released'
                    WHEN r.expires_at <= $1 THEN 'expired'
                    WHEN r.met_clean OR r.confirmed THEN 'active' ELSE 'pending' END AS state
          FROM (SELECT DISTINCT ON (m.recipient_hash, m.reason, m.prev_delivery, m.before_release)
                       m.recipient_hash, m.reason, m.at AS last_event, m.signature_id, m.stream_id, m.strike_day, m.striker,
                       m.node_id, m.provider_id,
                       m.input_id, m.input_offset, m.origin, m.evidence, m.before_release,
                       m.ttl_end AS expires_at,
                       bool_or(m.met_clean) OVER run AS met_clean, bool_or(m.met_standing) OVER run AS met_standing,
                       bool_or(m.met_said) OVER run AS met_said, bool_and(m.delivered_since) OVER run AS delivered_since,
                       coalesce(min(m.at) FILTER (WHERE m.met_clean) OVER run, min(m.at) FILTER (WHERE m.met_standing) OVER run,
                                min(m.at) FILTER (WHERE m.met_said) OVER run) AS listed_at,
                       coalesce(m.confirmed_to >= coalesce(min(m.at) FILTER (WHERE m.met_standing) OVER run, m.at), false)
                           AS confirmed,
                       CASE WHEN m.lifted THEN m.said ELSE m.standing END AS strikes,
                       CASE WHEN m.lifted THEN m.said_first ELSE m.standing_first END AS first_event
                  FROM (SELECT c.*,
                               NOT c.lifted AND NOT c.incident AND c.clean >= c.need
                                   AND (c.need <= 1 OR c.at - c.clean_first >= c.apart) AS met_clean,
                               NOT c.lifted AND c.standing >= c.need
                                   AND (c.need <= 1 OR c.at - c.standing_first >= c.apart) AS met_standing,
                               c.said >= c.need AND (c.need <= 1 OR c.at - c.said_first >= c.apart) AS met_said
                          FROM (SELECT s.*, b.released_to >= s.at AS before_release, b.confirmed_to,
                                       CASE WHEN s.known_good THEN p.known_good_after WHEN s.at_once THEN 1 ELSE p.listed_after END
                                           AS need,
                                       greatest(p.min_gap, p.min_span) AS apart,
                                       s.at + CASE WHEN p.ttl IS NULL AND b.released_to < s.at THEN NULL
                                                   WHEN s.personal THEN p.ttl_personal ELSE p.ttl END AS ttl_end,
                                       count(*) FILTER (WHERE NOT s.lifted AND NOT s.incident) OVER near AS clean,
                                       min(s.at) FILTER (WHERE NOT s.lifted AND NOT s.incident) OVER near AS clean_first,
                                       count(*) FILTER (WHERE NOT s.lifted) OVER near AS standing,
                                       min(s.at) FILTER (WHERE NOT s.lifted) OVER near AS standing_first,
                                       count(*) OVER near AS said, min(s.at) OVER near AS said_first
                                  FROM (SELECT s.recipient_hash, s.reason, s.at, s.signature_id, s.node_id, s.provider_id, s.input_id, s.input_offset,
                       s.origin, s.evidence, s.personal, s.at_once, s.known_good, s.lifted,
                       s.roof_incident OR s.domain_incident AS incident, s.day AS strike_day, s.stream_id,
                       s.recipient_hash AS striker,
                       CASE WHEN p.needs_reset THEN s.prev_delivery END AS prev_delivery,
                       p.needs_reset AND s.delivered_since AS delivered_since
                  FROM policy_strike s
                  JOIN policy_work w ON w.recipient_hash = s.recipient_hash
                  JOIN policy p ON p.category = s.reason
                  LEFT JOIN policy_health h ON p.node_domains > 0 AND h.node_id = s.node_id AND h.hours = 24 AND h.at = s.day
                 WHERE p.kind = 'address'
                   AND (p.node_domains = 0 OR h.delivered >= least(p.node_domains, greatest(p.node_domains_small, (h.tried - 1) / 2)))) s
                                  JOIN policy p ON p.category = s.reason
                                  LEFT JOIN (SELECT h.recipient_hash,
                                                    max(h.last_event) FILTER (WHERE h.change = 'release') AS released_to,
                                                    max(h.last_event) FILTER (WHERE h.change = 'confirm') AS confirmed_to
                                               FROM suppression_history h
                                              WHERE h.actor <> 'policy' AND h.scope = 'global'
                                              GROUP BY h.recipient_hash) b ON b.recipient_hash = s.recipient_hash
                                WINDOW near AS (PARTITION BY s.recipient_hash, s.reason, s.prev_delivery, b.released_to >= s.at
                                                ORDER BY s.at
                                                RANGE BETWEEN make_interval(secs => $2) PRECEDING AND CURRENT ROW)) c) m
                WINDOW run AS (PARTITION BY m.recipient_hash, m.reason, m.prev_delivery, m.before_release)
                 ORDER BY m.recipient_hash, m.reason, m.prev_delivery, m.before_release, m.lifted, m.at DESC) r
         WHERE r.met_said) e
  LEFT JOIN recipient a ON a.recipient_hash = e.recipient_hash
  LEFT JOIN strike k ON k.recipient_hash = e.striker AND k.day = e.strike_day AND k.signature_id = e.signature_id
                    AND k.stream_id = e.stream_id
  LEFT JOIN signature g ON g.signature_id = e.signature_id
 ORDER BY e.recipient_hash, array_position(ARRAY['active', 'pending', 'expired', 'released'], e.state),
          e.expires_at DESC NULLS FIRST, e.last_event DESC, e.reason;

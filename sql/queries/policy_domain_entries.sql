-- One entry a domain from the strikes of all its addresses, one a day, as policy_entries does for an address. A day on
-- which the domain took mail ends a run, and its own strikes do not count; nor do strikes of an hour in which too many
-- other domains failed in DNS: then it was our resolver.
--   $1 now timestamptz   $2 stale after, in seconds
INSERT INTO policy_entry (recipient_hash, scope, address, domain, kind, state, reason, origin, evidence, strikes, first_event,
                          last_event, expires_at, signature_id, diagnostic, rule, node_id, input_id, input_offset, provider_id,
                          changed_at, note, listed_at, state_cause, confirmed)
SELECT DISTINCT ON (e.recipient_hash)
       e.recipient_hash, 'global', '', a.name, 'domain',
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
                                  FROM (SELECT DISTINCT ON (d.recipient_hash, s.reason, s.day)
                       d.recipient_hash, s.reason, s.at, s.signature_id, s.node_id, s.provider_id, s.input_id, s.input_offset,
                       s.origin, s.evidence, s.personal, false AS at_once, false AS known_good, s.lifted,
                       s.roof_incident OR s.domain_incident AS incident, s.day AS strike_day, s.stream_id,
                       s.recipient_hash AS striker,
                       (SELECT max(y.day) FROM policy_domain_day y WHERE y.domain_id = s.domain_id AND y.day < s.day)::timestamptz
                           AS prev_delivery,
                       EXISTS (SELECT FROM policy_domain_day y WHERE y.domain_id = s.domain_id AND y.day > s.day) AS delivered_since
                  FROM policy_domain d
                  JOIN policy_strike s ON s.domain_id = d.domain_id AND s.kind = 'domain'
                  JOIN policy p ON p.category = s.reason
                  LEFT JOIN policy_health h ON p.resolver_share > 0 AND h.node_id = s.node_id AND h.hours = 1
                                           AND h.at = date_trunc('hour', s.at)
                 WHERE NOT EXISTS (SELECT FROM policy_domain_day y WHERE y.domain_id = s.domain_id AND y.day = s.day)
                   AND (p.resolver_share = 0 OR greatest(h.failing - 1, 0) = 0
                        OR (h.failing - 1)::double precision / greatest(h.tried - 1, 1) < p.resolver_share)
                 ORDER BY d.recipient_hash, s.reason, s.day, s.at, s.recipient_hash) s
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
  JOIN policy_domain a ON a.recipient_hash = e.recipient_hash
  LEFT JOIN strike k ON k.recipient_hash = e.striker AND k.day = e.strike_day AND k.signature_id = e.signature_id
                    AND k.stream_id = e.stream_id
  LEFT JOIN signature g ON g.signature_id = e.signature_id
 ORDER BY e.recipient_hash, array_position(ARRAY['active', 'pending', 'expired', 'released'], e.state),
          e.expires_at DESC NULLS FIRST, e.last_event DESC, e.reason;

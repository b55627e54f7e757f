-- Provider incident: within the window, at one provider's roof or one recipient domain, enough known-good addresses turn
-- hard, and they are a large enough part of the new hards there. Marks every hard strike inside such a window; looks at
-- the places and days that were touched, an hour more on each side. Who changed is looked at too.
--   $1 window in seconds
WITH near AS (
    SELECT s.recipient_hash, s.reason, s.day, s.at, t.kind, t.roof, t.domain_id, s.fresh, s.fresh AND s.known_good AS good,
           bool_or(s.at >= t.day - make_interval(secs => $1)
                   AND s.at < t.day + 1 + make_interval(secs => $1)) AS inside
      FROM policy_touched t
      JOIN policy_strike s ON s.hard AND s.roof = t.roof
                          AND s.at >= t.day - make_interval(secs => 2 * $1)
                          AND s.at < t.day + 1 + make_interval(secs => 2 * $1)
     WHERE t.kind = 'r'
     GROUP BY s.recipient_hash, s.reason, s.day, s.at, t.kind, t.roof, t.domain_id, s.fresh, s.known_good
    UNION ALL
    SELECT s.recipient_hash, s.reason, s.day, s.at, t.kind, t.roof, t.domain_id, s.fresh, s.fresh AND s.known_good,
           bool_or(s.at >= t.day - make_interval(secs => $1)
                   AND s.at < t.day + 1 + make_interval(secs => $1))
      FROM policy_touched t
      JOIN policy_strike s ON s.hard AND s.domain_id = t.domain_id
                          AND s.at >= t.day - make_interval(secs => 2 * $1)
                          AND s.at < t.day + 1 + make_interval(secs => 2 * $1)
     WHERE t.kind = 'd'
     GROUP BY s.recipient_hash, s.reason, s.day, s.at, t.kind, t.roof, t.domain_id, s.fresh, s.known_good),
counted AS (
    SELECT n.*, count(*) FILTER (WHERE n.good) OVER ahead AS goods, count(*) FILTER (WHERE n.fresh) OVER ahead AS hards
      FROM near n
    WINDOW ahead AS (PARTITION BY n.kind, n.roof, n.domain_id ORDER BY n.at
                     RANGE BETWEEN CURRENT ROW AND make_interval(secs => $1) FOLLOWING)),
marked AS (
    SELECT c.*, bool_or(c.goods >= g.incident_good AND c.goods >= g.incident_share * c.hards) OVER (
                    PARTITION BY c.kind, c.roof, c.domain_id ORDER BY c.at
                    RANGE BETWEEN make_interval(secs => $1) PRECEDING AND CURRENT ROW) AS incident
      FROM counted c CROSS JOIN policy_guard g),
verdict AS (
    SELECT recipient_hash, reason, day, bool_or(incident) FILTER (WHERE kind = 'r' AND inside) AS roof_incident,
           bool_or(incident) FILTER (WHERE kind = 'd' AND inside) AS domain_incident
      FROM marked GROUP BY recipient_hash, reason, day),
changed AS (
    UPDATE policy_strike s
       SET roof_incident = coalesce(v.roof_incident, s.roof_incident),
           domain_incident = coalesce(v.domain_incident, s.domain_incident)
      FROM verdict v
     WHERE s.recipient_hash = v.recipient_hash AND s.reason = v.reason AND s.day = v.day
       AND (s.roof_incident <> coalesce(v.roof_incident, s.roof_incident)
            OR s.domain_incident <> coalesce(v.domain_incident, s.domain_incident))
    RETURNING s.recipient_hash)
INSERT INTO policy_work (recipient_hash, read_again) SELECT DISTINCT recipient_hash, false FROM changed
ON CONFLICT (recipient_hash) DO NOTHING;

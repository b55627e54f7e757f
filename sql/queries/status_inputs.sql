-- Every input that has been read, with what became of its lines at each node; newest first, at most 1,000.
SELECT p.path, p.format, p.position, p.changed_at, coalesce(n.name, '') AS node, s.first_at, s.last_at,
       coalesce(s.lines, 0) AS lines, coalesce(s.events, 0) AS events, coalesce(s.known, 0) AS known,
       coalesce(s.unread, 0) AS unread, coalesce(s.oversized, 0) AS oversized
  FROM input_position p
  LEFT JOIN input_span s ON s.input_id = p.input_id
  LEFT JOIN node n ON n.node_id = s.node_id
 ORDER BY p.changed_at DESC, p.path, n.name LIMIT 1000;

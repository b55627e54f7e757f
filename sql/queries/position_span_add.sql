-- What a batch of an input said about a node: its hours, and what became of its lines.
INSERT INTO input_span AS s (input_id, node_id, format, first_at, last_at, lines, events, known, unread, oversized)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::bigint[],
                     $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[])
ON CONFLICT (input_id, node_id) DO UPDATE
SET first_at = least(s.first_at, excluded.first_at), last_at = greatest(s.last_at, excluded.last_at),
    lines = s.lines + excluded.lines, events = s.events + excluded.events, known = s.known + excluded.known,
    unread = s.unread + excluded.unread, oversized = s.oversized + excluded.oversized;

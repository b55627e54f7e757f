-- Rows that came in (or were restated) and may be part of a hand-over: with their transaction.
INSERT INTO hop_due AS h (node_id, from_at, to_at)
SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[])
ON CONFLICT (node_id) DO UPDATE SET from_at = least(h.from_at, excluded.from_at), to_at = greatest(h.to_at, excluded.to_at);

-- Rows that came in (or were restated) and may be part of a hand-over: with their transaction.
--   $1 node_ids bigint[]   $2 from timestamptz[]   $3 to timestamptz[]   $4 version bigint: the clock
INSERT INTO hop_due AS h (node_id, from_at, to_at, version)
SELECT t.*, $4 FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS t
ON CONFLICT (node_id) DO UPDATE
SET from_at = least(h.from_at, excluded.from_at), to_at = greatest(h.to_at, excluded.to_at),
    version = greatest(h.version + 1, excluded.version);

-- Refused or unread input: why, and a sample.
INSERT INTO quarantine AS q (content_hash, input_id, input_offset, kind, reason, sample, seen, last_seen)
SELECT h, i, min(o), min(k), min(r), min(s), count(*), max(t)
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
    AS x (h, i, o, k, r, s, t)
 GROUP BY h, i
ON CONFLICT (input_id, content_hash) DO UPDATE
SET seen = q.seen + excluded.seen, last_seen = excluded.last_seen;

-- A range of addresses on the day of the file, unless something newer is told already.
INSERT INTO snds_status AS t (item_id, day, as_of, first_ip, last_ip, blocked, details)
SELECT DISTINCT ON (a, b) a, b, c, d, e, f, g
  FROM unnest($1::bigint[], $2::date[], $3::timestamptz[], $4::text[], $5::text[], $6::boolean[], $7::text[])
       WITH ORDINALITY AS rows (a, b, c, d, e, f, g, place)
 ORDER BY a, b, place DESC
ON CONFLICT (item_id, day) DO UPDATE
SET as_of = excluded.as_of, blocked = excluded.blocked, details = excluded.details
WHERE t.as_of <= excluded.as_of;

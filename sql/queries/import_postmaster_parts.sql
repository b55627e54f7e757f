-- Which telling of a domain's day stands: the newest.
INSERT INTO postmaster_part AS t (item_id, day, part, as_of, version, domain)
SELECT DISTINCT ON (a, b, c) a, b, c, d, e, f
  FROM unnest($1::bigint[], $2::date[], $3::text[], $4::timestamptz[], $5::bigint[], $6::text[])
       WITH ORDINALITY AS rows (a, b, c, d, e, f, place)
 ORDER BY a, b, c, place DESC
ON CONFLICT (item_id, day, part) DO UPDATE
SET as_of = excluded.as_of, version = excluded.version
WHERE t.as_of <= excluded.as_of;

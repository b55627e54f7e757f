-- TLS reports by their names; of two with one name the newest stands.
INSERT INTO tls_report AS t (item_id, as_of, version, organization, report_id, day, from_at, to_at)
SELECT DISTINCT ON (a) a, b, c, d, e, f, g, h
  FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::text[], $5::text[], $6::date[], $7::timestamptz[],
              $8::timestamptz[])
       WITH ORDINALITY AS rows (a, b, c, d, e, f, g, h, place)
 ORDER BY a, place DESC
ON CONFLICT (item_id) DO UPDATE
SET as_of = excluded.as_of, version = excluded.version, day = excluded.day, from_at = excluded.from_at,
    to_at = excluded.to_at
WHERE t.as_of <= excluded.as_of;

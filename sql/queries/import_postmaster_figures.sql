-- Figures of domains at Google, with the version they belong to.
INSERT INTO postmaster_figure (item_id, day, part, version, metric, detail, value, said)
SELECT DISTINCT ON (a, b, c, d, e, f) a, b, c, d, e, f, nullif(g, '')::double precision, h
  FROM unnest($1::bigint[], $2::date[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[])
       WITH ORDINALITY AS rows (a, b, c, d, e, f, g, h, place)
 ORDER BY a, b, c, d, e, f, place DESC
ON CONFLICT (item_id, day, part, version, metric, detail) DO NOTHING;

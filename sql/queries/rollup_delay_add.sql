-- Adds a batch's delays by hour and phase. In the transaction of the events they count.
INSERT INTO rollup_delay AS r
SELECT a, b, c, d, e, f, g::bigint[]
  FROM unnest($1::bigint[], $2::timestamptz[], $3::date[], $4::bigint[], $5::bigint[], $6::smallint[], $7::text[])
    AS t (a, b, c, d, e, f, g)
ON CONFLICT (node_id, hour, cohort, provider_id, stream_id, phase) DO UPDATE
SET buckets = rebound.add_counts(r.buckets, excluded.buckets);

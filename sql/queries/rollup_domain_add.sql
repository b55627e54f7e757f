-- Adds a batch's sums by domain, for days that are sealed. In the transaction of the events they count.
INSERT INTO rollup_domain AS r
SELECT * FROM unnest($1::bigint[], $2::date[], $3::date[], $4::bigint[], $5::bigint[], $6::bigint[],
                     $7::"char"[], $8::"char"[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[])
ON CONFLICT (node_id, day, cohort, domain_id, provider_id, stream_id, direction, outcome, signature_id) DO UPDATE
SET n = r.n + excluded.n, attempted = r.attempted + excluded.attempted, final = r.final + excluded.final;

-- Adds a batch's failures and deferrals by hour and signature. In the transaction of the events they count.
INSERT INTO rollup_failure AS r
SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::date[], $4::bigint[], $5::bigint[], $6::bigint[],
                     $7::"char"[], $8::"char"[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[])
ON CONFLICT (node_id, hour, cohort, egress_id, provider_id, stream_id, direction, outcome, signature_id) DO UPDATE
SET n = r.n + excluded.n, attempts = r.attempts + excluded.attempts, final = r.final + excluded.final;

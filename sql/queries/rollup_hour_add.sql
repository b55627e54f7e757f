-- Adds a batch's sums by hour. In the transaction of the events they count.
INSERT INTO rollup_hour AS r
SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::date[], $4::bigint[], $5::bigint[], $6::bigint[],
                     $7::"char"[], $8::"char"[], $9::smallint[], $10::bigint[], $11::bigint[], $12::bigint[],
                     $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[],
                     $19::bigint[])
ON CONFLICT (node_id, hour, cohort, egress_id, provider_id, stream_id, direction, outcome, tls) DO UPDATE
SET n = r.n + excluded.n, attempts = r.attempts + excluded.attempts, attempted = r.attempted + excluded.attempted,
    first_deferred = r.first_deferred + excluded.first_deferred,
    first_try_delivered = r.first_try_delivered + excluded.first_try_delivered,
    final = r.final + excluded.final, final_attempts = r.final_attempts + excluded.final_attempts,
    blocked = r.blocked + excluded.blocked, on_time_60s = r.on_time_60s + excluded.on_time_60s,
    bytes = r.bytes + excluded.bytes;

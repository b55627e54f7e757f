-- Recipients that are still being tried, as they stand.
INSERT INTO open_recipient (node_id, queue_id, recipient_hash, original_hash, domain_id, provider_id, remote_host_id,
                            egress_id, signature_id, cohort, attempts, counted, deferred, blocked, direction, last_at,
                            address, reply, first_at)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                     $8::bigint[], $9::bigint[], $10::date[], $11::int[], $12::boolean[], $13::boolean[],
                     $14::boolean[], $15::"char"[], $16::timestamptz[], $17::text[], $18::text[], $19::timestamptz[]);

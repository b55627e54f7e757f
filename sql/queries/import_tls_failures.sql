-- Failures that TLS reports tell of, with the version they belong to.
INSERT INTO tls_failure (item_id, version, policy, failure, result_type, sending_ip, receiving_mx, receiving_helo,
                         receiving_ip, sessions, information, reason_code)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::text[], $10::bigint[], $11::text[], $12::text[])
ON CONFLICT (item_id, version, policy, failure) DO NOTHING;

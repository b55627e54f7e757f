-- Policies of TLS reports, with the version they belong to.
INSERT INTO tls_policy (item_id, version, policy, policy_type, policy_domain, policy_text, mx_hosts, successful, failed)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
                     $9::bigint[])
ON CONFLICT (item_id, version, policy) DO NOTHING;

--   $1 recipient_hash bigint[]   $2 domain_id bigint[]   $3 name text[]
INSERT INTO policy_domain (recipient_hash, domain_id, name)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[]) ON CONFLICT (recipient_hash) DO NOTHING;

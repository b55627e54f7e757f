-- Recipients the policy run has to look at.
--   $1 recipient_hash bigint[]
INSERT INTO policy_due (recipient_hash) SELECT DISTINCT h FROM unnest($1::bigint[]) AS t (h)
ON CONFLICT (recipient_hash) DO NOTHING;

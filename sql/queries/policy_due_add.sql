-- Recipients the policy run has to look at.
--   $1 recipient_hash bigint[]
INSERT INTO policy_due (recipient_hash) SELECT DISTINCT h FROM unnest($1::bigint[]) AS t (h)
 ORDER BY h -- one order of locks for all writers
ON CONFLICT (recipient_hash) DO NOTHING;

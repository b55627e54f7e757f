-- Entries of addresses and domains that are protected now are looked at again, so that they go.
--   $1 recipient_hash bigint[]   $2 domain text[]
INSERT INTO policy_work (recipient_hash, read_again)
SELECT recipient_hash, false FROM suppression
 WHERE origin IN ('log', 'dsn', 'arf') AND kind = 'address'
   AND (recipient_hash = ANY ($1::bigint[]) OR domain = ANY ($2::text[]))
ON CONFLICT (recipient_hash) DO NOTHING;

-- Whoever has a strike of a changed signature is looked at by the next policy run.
--   $1 at
INSERT INTO policy_due (recipient_hash)
SELECT DISTINCT k.recipient_hash
  FROM strike k
 WHERE k.signature_id = ANY (ARRAY(SELECT r.signature_id FROM reclassification r WHERE r.at = $1))
ON CONFLICT (recipient_hash) DO NOTHING;

-- Complaints are the policy's business, joined or not (grade D counts for its stream).
INSERT INTO policy_due (recipient_hash)
SELECT DISTINCT recipient_hash FROM returned_mail WHERE kind = 'c' AND state IN ('w', 'c') AND recipient_hash <> 0
ON CONFLICT (recipient_hash) DO NOTHING;

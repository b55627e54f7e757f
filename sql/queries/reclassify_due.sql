-- Whoever has a strike that counts otherwise now is looked at by the next policy run: of another category, or by another
-- rule where the policy looks at its name.
--   $1 at
INSERT INTO policy_due (recipient_hash)
SELECT DISTINCT k.recipient_hash
  FROM strike k
 WHERE k.signature_id IN (SELECT r.signature_id
                            FROM reclassification r
                            LEFT JOIN policy p ON p.category = r.new_category
                           WHERE r.at = $1
                             AND (r.old_category <> r.new_category OR (p.at_once <> '' AND r.old_rule <> r.new_rule)))
ON CONFLICT (recipient_hash) DO NOTHING;

-- Which of the changed signatures count as a block of ours now.
--   $1 at
UPDATE reclassification r SET is_blocking = true
 WHERE r.at = $1 AND r.signature_id IN (SELECT b.signature_id FROM blocking_signature b);

-- Returned mails carry the category of their signature.
--   $1 at
UPDATE returned_mail m SET category = r.new_category
  FROM reclassification r
 WHERE r.at = $1 AND r.old_category <> r.new_category AND m.signature_id = r.signature_id AND m.signature_id <> 0;

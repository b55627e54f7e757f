-- What runs that died left in hand, and the mails that were set aside for good (those first).
--   $1 deaths since   $2 tries of a mail set aside   $3 limit
SELECT input_id, input_offset, tries
  FROM mail_in_hand
 WHERE tries >= $2 OR taken_at >= $1
 ORDER BY tries DESC, taken_at DESC
 LIMIT $3;

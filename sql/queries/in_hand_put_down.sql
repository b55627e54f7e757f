-- It was read: nothing is in hand any more.
--   $1 input_id   $2 input_offset
DELETE FROM mail_in_hand WHERE input_id = $1 AND input_offset = $2;

-- This mail is not read again.
--   $1 digest   $2 the offset that marks mails   $3 tries of a mail set aside
UPDATE mail_in_hand SET tries = $3 WHERE input_id = $1 AND input_offset = $2;

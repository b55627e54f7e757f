-- Batches of dead runs: it is known which mail was to blame, or none died again.
--   $1 the offset that marks mails   $2 taken before
DELETE FROM mail_in_hand WHERE input_offset <> $1 AND taken_at < $2;

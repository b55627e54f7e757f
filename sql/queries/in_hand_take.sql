-- Takes a batch (by its first mail) or a mail (by its digest, offset -1) in hand; answers how often that was tried.
--   $1 input_id   $2 input_offset   $3 now
INSERT INTO mail_in_hand AS m (input_id, input_offset, tries, taken_at) VALUES ($1, $2, 1, $3)
ON CONFLICT (input_id, input_offset) DO UPDATE SET tries = m.tries + 1, taken_at = excluded.taken_at
RETURNING tries;

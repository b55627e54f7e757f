-- Takes a file in hand, once. First of its transaction: a second reader of the same content waits here. No row back: it was
-- read before.
--   $1 input_id bigint (low half of the digest)   $2 digest   $3 format   $4 as_of
INSERT INTO import_seen (input_id, digest, format, as_of, records, irrelevant, unread)
VALUES ($1, $2, $3, $4, 0, 0, 0)
ON CONFLICT (input_id, digest) DO NOTHING
RETURNING input_id;

-- A file that is read, once: a second reader of the same content waits here. No row back: it was read before.
--   $1 input_id bigint (low half of the digest)   $2 digest   $3 format   $4 as_of
--   $5 records   $6 irrelevant   $7 unread   $8 first day   $9 last day (NULL: none)
INSERT INTO import_seen (input_id, digest, format, as_of, records, irrelevant, unread, first_day, last_day)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (input_id, digest) DO NOTHING
RETURNING input_id;

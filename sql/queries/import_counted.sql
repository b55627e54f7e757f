-- What became of a file's records. Last of its transaction.
--   $1 input_id   $2 digest   $3 records   $4 irrelevant   $5 unread   $6 first day   $7 last day (NULL: none)
UPDATE import_seen SET records = $3, irrelevant = $4, unread = $5, first_day = $6, last_day = $7
 WHERE input_id = $1 AND digest = $2;

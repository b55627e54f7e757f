-- Was this mail read before?
--   $1 input_id bigint (low half of the digest)   $2 mail_digest bytea
SELECT 1 AS seen FROM mail_seen WHERE input_id = $1 AND mail_digest = $2;

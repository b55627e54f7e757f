-- Returned mail whose send was restated waits to be joined anew: all blocks of a report about these messages and recipients.
--   $1 message_id_hashes bigint[]   $2 recipient_hashes bigint[]
UPDATE returned_mail r
   SET state = 'w', evidence = nullif(r.evidence, 'C'), node_id = 0
 WHERE r.state IN ('f', 'k', 'c')
   AND (r.mail_digest, r.block % 1048576) IN (
        SELECT m.mail_digest, m.block % 1048576
          FROM returned_mail m
          JOIN unnest($1::bigint[], $2::bigint[]) AS t (message_id_hash, recipient_hash)
            ON m.message_id_hash = t.message_id_hash AND m.recipient_hash IN (t.recipient_hash, 0));

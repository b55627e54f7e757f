-- What became of returned mail that was joined: evidence C, the returned Message-ID and recipient match a send of ours.
-- The same report under another address of its recipient (block + 1048576) goes with it.
UPDATE returned_mail r
   SET state = t.state, evidence = coalesce(r.evidence, 'C'), node_id = t.node_id,
       stream_id = CASE WHEN t.stream_id <> 0 THEN t.stream_id ELSE r.stream_id END
  FROM unnest($1::bigint[], $2::bytea[], $3::int[], $4::"char"[], $5::bigint[], $6::bigint[])
    AS t (recipient_hash, mail_digest, block, state, node_id, stream_id)
 WHERE r.mail_digest = t.mail_digest AND r.block % 1048576 = t.block % 1048576
   AND (r.recipient_hash = t.recipient_hash OR r.state IN ('w', 'p'));

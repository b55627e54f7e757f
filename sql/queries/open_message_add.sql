-- Open messages as they stand.
INSERT INTO open_message (node_id, queue_id, began, lost, last_at, message_id_hash, sender_known, null_sender, stream_id,
                          sasl_user_id, size_bytes, client_own, client_known, notification, forwarded, first_at,
                          expired_at, closed, awaited)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::boolean[], $4::boolean[], $5::timestamptz[], $6::bigint[],
                     $7::boolean[], $8::boolean[], $9::bigint[], $10::bigint[], $11::bigint[], $12::boolean[],
                     $13::boolean[], $14::boolean[], $15::boolean[], $16::timestamptz[], $17::timestamptz[],
                     $18::boolean[], $19::int[]);

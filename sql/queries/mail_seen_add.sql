-- Every mail read, once.
INSERT INTO mail_seen (input_id, mail_digest, kind, decoded_by, occurred_at, tries)
SELECT t.*, 1 FROM unnest($1::bigint[], $2::bytea[], $3::text[], $4::text[], $5::timestamptz[]) AS t
ON CONFLICT (input_id, mail_digest) DO NOTHING;

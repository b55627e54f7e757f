-- Bounces that a token proves (grade B) though no log shows their send: they strike once, and are taken back when the
-- log comes and tells the same failure.
UPDATE returned_mail SET state = 'p'
 WHERE state = 'w' AND kind = 'b' AND evidence = 'B' AND recipient_hash <> 0
RETURNING recipient_hash, occurred_at, signature_id, stream_id, provider_id, domain_id, input_id, input_offset, diagnostic;

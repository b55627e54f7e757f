-- Bounces and complaints about an address that came by mail, oldest first.
--   $1 recipient_hash
SELECT m.occurred_at, m.kind::text AS kind, m.state::text AS state, coalesce(m.evidence, 'D')::text AS evidence, m.category, m.feedback_type,
       m.diagnostic, m.reporting_mta, m.decoded_by, coalesce(i.path, '') AS path, m.input_offset
  FROM returned_mail m
  LEFT JOIN input_position i ON i.input_id = m.input_id
 WHERE m.recipient_hash = $1
 ORDER BY m.occurred_at, m.mail_digest, m.block
 LIMIT 50;

-- Bounces and complaints about recipients, oldest first; at most 1,000.
--   $1 recipient_hashes bigint[]   $2 message_id_hashes bigint[]   $3 queue_ids text[]; both empty: all their messages
SELECT m.occurred_at, m.kind, m.state, m.evidence, coalesce(r.address, '') AS address, m.action, m.enhanced_status,
       m.category, m.feedback_type, m.reporting_mta, m.remote_mta, m.decoded_by, m.diagnostic, m.queue_id
  FROM (SELECT * FROM returned_mail
         WHERE recipient_hash = ANY ($1)
           AND (cardinality($2::bigint[]) + cardinality($3::text[]) = 0
                OR message_id_hash = ANY ($2) OR queue_id = ANY ($3))
         ORDER BY occurred_at DESC LIMIT 1000) AS m
  LEFT JOIN recipient r ON r.recipient_hash = m.recipient_hash
 ORDER BY m.occurred_at;

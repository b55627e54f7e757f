-- Final failures of submitted mail. Taken back by weight -1; the first of a day gives the reply that is shown. One that was
-- taken back shows nothing: what comes after it is the first.
INSERT INTO strike AS s (recipient_hash, day, signature_id, stream_id, strikes, first_at, node_id, provider_id,
                         domain_id, input_id, input_offset, origin, evidence, reply)
SELECT DISTINCT ON (recipient_hash, day, signature_id, stream_id)
       recipient_hash, day, signature_id, stream_id, sum(weight) OVER one, first_at, node_id, provider_id, domain_id,
       input_id, input_offset, origin, (min(evidence::text) OVER one)::"char", reply
  FROM unnest($1::bigint[], $2::date[], $3::bigint[], $4::bigint[], $5::int[], $6::timestamptz[], $7::bigint[],
              $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::text[], $13::"char"[], $14::text[])
    AS t (recipient_hash, day, signature_id, stream_id, weight, first_at, node_id, provider_id, domain_id,
          input_id, input_offset, origin, evidence, reply)
WINDOW one AS (PARTITION BY recipient_hash, day, signature_id, stream_id)
 ORDER BY recipient_hash, day, signature_id, stream_id, weight < 0, first_at, input_offset
ON CONFLICT (recipient_hash, day, signature_id, stream_id) DO UPDATE
SET strikes = s.strikes + excluded.strikes,
    first_at = CASE WHEN s.strikes <= 0 OR excluded.first_at < s.first_at THEN excluded.first_at ELSE s.first_at END,
    reply = CASE WHEN s.strikes <= 0 OR excluded.first_at < s.first_at THEN excluded.reply ELSE s.reply END,
    node_id = CASE WHEN s.strikes <= 0 OR excluded.first_at < s.first_at THEN excluded.node_id ELSE s.node_id END,
    provider_id = CASE WHEN s.strikes <= 0 OR excluded.first_at < s.first_at THEN excluded.provider_id ELSE s.provider_id END,
    input_id = CASE WHEN s.strikes <= 0 OR excluded.first_at < s.first_at THEN excluded.input_id ELSE s.input_id END,
    input_offset = CASE WHEN s.strikes <= 0 OR excluded.first_at < s.first_at THEN excluded.input_offset ELSE s.input_offset END,
    origin = CASE WHEN s.strikes <= 0 OR excluded.first_at < s.first_at THEN excluded.origin ELSE s.origin END,
    evidence = CASE WHEN s.strikes <= 0 OR excluded.evidence::text < s.evidence::text THEN excluded.evidence ELSE s.evidence END;

-- Items of returned mail; a mail that was read before adds nothing.
INSERT INTO returned_mail (recipient_hash, mail_digest, block, input_id, input_offset, occurred_at, kind, state, action,
                           enhanced_status, reply_code, signature_id, message_id_hash, queue_id, domain_id, provider_id,
                           category, feedback_type, reporting_mta, remote_mta, decoded_by, diagnostic, stream_id, evidence, node_id)
SELECT a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, nullif(x, '')::"char", 0
  FROM unnest($1::bigint[], $2::bytea[], $3::int[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::"char"[],
              $8::"char"[], $9::text[], $10::text[], $11::int[], $12::bigint[], $13::bigint[], $14::text[],
              $15::bigint[], $16::bigint[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[],
              $22::text[], $23::bigint[], $24::text[])
       AS rows (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x)
ON CONFLICT (recipient_hash, mail_digest, block) DO NOTHING;

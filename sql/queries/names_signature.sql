-- New signatures with what they mean; of a known one only an earlier sample is taken, so that the
-- sample shown does not depend on the order of reading. A changed meaning is reclassify's work.
INSERT INTO signature AS s (signature_id, masked, reply_code, enhanced_status, phase, provider_id, category, severity,
                            rule, blocklist, misconfigured, sample, sample_at)
SELECT DISTINCT ON (t.signature_id) *
  FROM unnest($1::bigint[], $2::text[], $3::int[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[],
              $9::text[], $10::text[], $11::boolean[], $12::text[], $13::timestamptz[])
    AS t (signature_id, masked, reply_code, enhanced_status, phase, provider_id, category, severity,
          rule, blocklist, misconfigured, sample, sample_at)
 ORDER BY t.signature_id, t.sample_at, t.sample
ON CONFLICT (signature_id) DO UPDATE SET sample = excluded.sample, sample_at = excluded.sample_at
WHERE (excluded.sample_at, excluded.sample) < (s.sample_at, s.sample);

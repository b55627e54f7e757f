-- An address and its day, unless something newer is told already. Of two in one file the later one counts.
INSERT INTO snds_day AS t (item_id, day, as_of, ip, from_at, to_at, rcpt_commands, data_commands, recipients,
                           filter_result, complaint_said, complaint_rate, trap_hits, sample_helo, sample_sender_domain,
                           comments)
SELECT DISTINCT ON (a, b) a, b, c, d, e, f, g, h, i, j, k, nullif(l, '')::double precision, m, n, o, p
  FROM unnest($1::bigint[], $2::date[], $3::timestamptz[], $4::text[], $5::timestamptz[], $6::timestamptz[],
              $7::bigint[], $8::bigint[], $9::bigint[], $10::text[], $11::text[], $12::text[], $13::bigint[],
              $14::text[], $15::text[], $16::text[])
       WITH ORDINALITY AS rows (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, place)
 ORDER BY a, b, place DESC
ON CONFLICT (item_id, day) DO UPDATE
SET as_of = excluded.as_of, from_at = excluded.from_at, to_at = excluded.to_at,
    rcpt_commands = excluded.rcpt_commands, data_commands = excluded.data_commands, recipients = excluded.recipients,
    filter_result = excluded.filter_result, complaint_said = excluded.complaint_said,
    complaint_rate = excluded.complaint_rate, trap_hits = excluded.trap_hits, sample_helo = excluded.sample_helo,
    sample_sender_domain = excluded.sample_sender_domain, comments = excluded.comments
WHERE t.as_of <= excluded.as_of;

-- title: Not understood
-- promise: Replies that no rule knows, the most frequent first: each is one rule away from being named.
-- takes: provider node egress stream
-- column: signature | Signature | text detail | id of the masked text
-- column: sample | Reply | text long | what was said last, without the recipient
-- column: provider | Provider | text | who said it
-- column: count | Refusals | attempts | failures and deferrals
-- column: failed | Failed | messages | recipients it failed for
-- column: reply_code | Code | text | SMTP reply code
-- column: enhanced_status | Status | text | enhanced status code
-- column: phase | Phase | text detail | step of the SMTP dialogue
-- column: last_seen | Last seen | time | the hour of the latest
-- column: masked | Masked text | text detail | what rules see
WITH causes AS (
    SELECT signature_id, provider_id, sum(n) AS n, coalesce(sum(n) FILTER (WHERE outcome <> 'Q'), 0) AS failed,
           max(hour) AS last_seen
      FROM rollup_failure
     WHERE direction = 's'
       AND (outcome IN ('F', 'A', 'Q') OR outcome = 'X' AND signature_id <> 0)
       AND (signature_id = 0 OR signature_id IN (SELECT signature_id FROM signature WHERE category = 'unclassified'))
       AND ($3 = 'event' OR cohort >= $1 AND cohort < $2)
       AND ($3 = 'cohort' OR hour >= $1 AND hour < $2)
       AND ($4 IS NULL OR provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($6 IS NULL OR egress_id IN (SELECT egress_id FROM egress WHERE name = $6))
       AND ($7 IS NULL OR stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
     GROUP BY signature_id, provider_id
    HAVING sum(n) <> 0
)
SELECT lpad(to_hex(u.signature_id), 16, '0') AS signature, coalesce(s.sample, '') AS sample,
       coalesce(p.provider, 'other') AS provider, u.n::bigint AS count, u.failed::bigint,
       CASE WHEN s.reply_code > 0 THEN s.reply_code::text ELSE '' END AS reply_code,
       coalesce(s.enhanced_status, '') AS enhanced_status, coalesce(s.phase, '') AS phase, u.last_seen,
       coalesce(s.masked, '') AS masked
  FROM causes u
  LEFT JOIN signature s ON s.signature_id = u.signature_id
  LEFT JOIN provider p ON p.provider_id = u.provider_id
 ORDER BY u.n DESC, 1, 3
 LIMIT $9;

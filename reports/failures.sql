-- title: Failure texts
-- promise: The replies behind the failures, alike ones as one, with what to do about each.
-- takes: provider node egress stream
-- column: signature | Signature | text detail | id of the masked text
-- column: sample | Reply | text long | what was said last, without the recipient
-- column: category | Category | text | why
-- column: rule | Rule | text detail | what decided
-- column: provider | Provider | text | who said it
-- column: count | Failed | messages | recipients it failed for
-- column: share | Share | rate | of all failures
-- column: advice | What to do | text detail | the next step
-- column: fault | Fault | text detail | who has to act
-- column: blocklist | Blocklist | text detail | the list it names
-- column: delist_url | Delisting | url detail | where to ask
-- column: reply_code | Code | text detail | SMTP reply code
-- column: enhanced_status | Status | text detail | enhanced status code
-- column: masked | Masked text | text detail | what rules see
-- column: last_seen | Last seen | time detail | the hour of the latest
WITH causes AS (
    SELECT signature_id, provider_id, outcome = 'X' AS expired, sum(n) AS n, max(hour) AS last_seen
      FROM rollup_failure
     WHERE direction = 's'
       AND outcome IN ('F', 'X', 'A')
       AND ($3 = 'event' OR cohort >= $1 AND cohort < $2)
       AND ($3 = 'cohort' OR hour >= $1 AND hour < $2)
       AND ($4 IS NULL OR provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($6 IS NULL OR egress_id IN (SELECT egress_id FROM egress WHERE name = $6))
       AND ($7 IS NULL OR stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
     GROUP BY 1, 2, 3
    HAVING sum(n) <> 0
), sums AS (
    SELECT signature_id, provider_id, signature_id = 0 AND expired AS expired, sum(n) AS n, max(last_seen) AS last_seen
      FROM causes
     GROUP BY 1, 2, 3
)
SELECT lpad(to_hex(u.signature_id), 16, '0') AS signature, coalesce(s.sample, '') AS sample,
       coalesce(c.category, s.category, CASE WHEN u.expired THEN 'timeout_expired' ELSE 'unclassified' END) AS category,
       coalesce(s.rule, '') AS rule, coalesce(p.provider, 'other') AS provider, u.n::bigint AS count,
       (u.n / nullif(sum(u.n) OVER (), 0))::float8 AS share,
       coalesce(c.advice, '') AS advice, coalesce(c.fault, 'unknown') AS fault, coalesce(s.blocklist, '') AS blocklist,
       CASE WHEN b.delist_url ~ '^https?://' THEN b.delist_url
            WHEN b.delist_url ~ '^[a-z0-9.-]+\.[a-z]{2,}(/\S*)?$' THEN 'https://' || b.delist_url END AS delist_url,
       CASE WHEN s.reply_code > 0 THEN s.reply_code::text ELSE '' END AS reply_code,
       coalesce(s.enhanced_status, '') AS enhanced_status, coalesce(s.masked, '') AS masked, u.last_seen
  FROM sums u
  LEFT JOIN signature s ON s.signature_id = u.signature_id
  LEFT JOIN category c ON c.category = coalesce(s.category, CASE WHEN u.expired THEN 'timeout_expired' ELSE 'unclassified' END)
  LEFT JOIN provider p ON p.provider_id = u.provider_id
  LEFT JOIN blocklist b ON b.blocklist = s.blocklist
 ORDER BY u.n DESC, 1, 5
 LIMIT $9;

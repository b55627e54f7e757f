-- title: Deferrals
-- promise: Who puts our mail off, for which reason, and how many tries that costs.
-- takes: provider node egress stream
-- column: provider | Provider | text | who said "later"
-- column: category | Category | text | why
-- column: fault | Fault | text wide | who has to act
-- column: deferred_attempts | Deferrals | attempts | tries that ended with "later"
-- column: share | Share | rate | of all deferrals
-- column: last_seen | Last seen | time | the hour of the latest
-- column: sample | Reply | text long | what was said most
-- column: texts | Texts | count detail | different replies
-- column: advice | What to do | text detail | the next step
WITH causes AS (
    SELECT provider_id, signature_id, sum(n) AS n, max(hour) AS last_seen
      FROM rollup_failure
     WHERE direction = 's'
       AND outcome = 'Q'
       AND ($3 = 'event' OR cohort >= $1 AND cohort < $2)
       AND ($3 = 'cohort' OR hour >= $1 AND hour < $2)
       AND ($4 IS NULL OR provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($6 IS NULL OR egress_id IN (SELECT egress_id FROM egress WHERE name = $6))
       AND ($7 IS NULL OR stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
     GROUP BY provider_id, signature_id
    HAVING sum(n) <> 0
), sums AS (
    SELECT u.provider_id, coalesce(s.category, 'unclassified') AS category, sum(u.n) AS n, max(u.last_seen) AS last_seen,
           (array_agg(coalesce(s.sample, '') ORDER BY u.n DESC, u.signature_id))[1] AS sample, count(*) AS texts
      FROM causes u
      LEFT JOIN signature s ON s.signature_id = u.signature_id
     GROUP BY 1, 2
)
SELECT coalesce(p.provider, 'other') AS provider, s.category, coalesce(c.fault, 'unknown') AS fault,
       s.n::bigint AS deferred_attempts, (s.n / nullif(sum(s.n) OVER (), 0))::float8 AS share, s.last_seen, s.sample,
       s.texts, coalesce(c.advice, '') AS advice
  FROM sums s
  LEFT JOIN category c ON c.category = s.category
  LEFT JOIN provider p ON p.provider_id = s.provider_id
 ORDER BY s.n DESC, 1, 2
 LIMIT $9;

-- title: Encryption
-- promise: How much of our mail travelled over TLS, and how well the other side was known, by provider.
-- takes: provider node egress stream
-- beside: tls_reports tls_failures
-- column: provider | Provider | text | who took the mail
-- column: delivered | Delivered | messages | to the receiver or a smarthost
-- column: tls_share | Over TLS | rate encrypted/known | of deliveries whose encryption is known
-- column: verified_share | Verified | rate verified/known | peer verified (DANE, MTA-STS or policy)
-- column: trusted | Trusted | messages | a certificate by a known authority
-- column: untrusted | Untrusted | messages wide | any other certificate
-- column: anonymous | Anonymous | messages wide | no certificate
-- column: none | In the clear | messages | no encryption
-- column: unknown | Not said | messages wide | the log does not tell
-- column: verified | Verified | messages detail | peer verified
-- column: encrypted | Encrypted | messages detail | any TLS
-- column: known | Known | messages detail | deliveries whose encryption is known
WITH sums AS (
    SELECT provider_id, sum(n) AS delivered,
           coalesce(sum(n) FILTER (WHERE tls >= 2), 0) AS encrypted, coalesce(sum(n) FILTER (WHERE tls >= 1), 0) AS known,
           coalesce(sum(n) FILTER (WHERE tls = 5), 0) AS verified, coalesce(sum(n) FILTER (WHERE tls = 4), 0) AS trusted,
           coalesce(sum(n) FILTER (WHERE tls = 3), 0) AS untrusted,
           coalesce(sum(n) FILTER (WHERE tls = 2), 0) AS anonymous,
           coalesce(sum(n) FILTER (WHERE tls = 1), 0) AS none, coalesce(sum(n) FILTER (WHERE tls = 0), 0) AS unknown
      FROM rollup_hour
     WHERE direction = 's'
       AND outcome IN ('D', 'H')
       AND ($3 = 'event' OR cohort >= $1 AND cohort < $2)
       AND ($3 = 'cohort' OR hour >= $1 AND hour < $2)
       AND ($4 IS NULL OR provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($6 IS NULL OR egress_id IN (SELECT egress_id FROM egress WHERE name = $6))
       AND ($7 IS NULL OR stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
     GROUP BY provider_id
    HAVING sum(n) <> 0
)
SELECT coalesce(p.provider, 'other') AS provider, s.delivered::bigint,
       (s.encrypted / nullif(s.known, 0))::float8 AS tls_share, (s.verified / nullif(s.known, 0))::float8 AS verified_share,
       s.trusted::bigint, s.untrusted::bigint, s.anonymous::bigint, s.none::bigint, s.unknown::bigint,
       s.verified::bigint, s.encrypted::bigint, s.known::bigint
  FROM sums s
  LEFT JOIN provider p ON p.provider_id = s.provider_id
 ORDER BY s.delivered DESC, 1
 LIMIT $9;

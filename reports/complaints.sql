-- title: Complaints
-- promise: Who reported our mail as unwanted, on which stream, and how well each report is proven.
-- takes: provider node stream
-- column: provider | Provider | text | who passed it on
-- column: stream | Stream | text | the mail complained about
-- column: feedback_type | Kind | text | abuse, fraud, opt-out ...
-- column: complaints | Complaints | messages | distinct messages of ours
-- column: recipients | Recipients | count | distinct people
-- column: complaint_rate | Rate | rate complaints/delivered | of what that provider took from that stream
-- column: unverified | Unverified | count | reports that match nothing in our logs
-- column: last_seen | Last seen | time | the latest
-- column: delivered | Delivered | messages detail | the rate's denominator
-- A report that names two addresses of its recipient has a second row, block + 1048576.
WITH told AS (
    SELECT provider_id, stream_id, feedback_type, count(DISTINCT (recipient_hash, message_id_hash)) FILTER (WHERE state = 'c') AS complaints,
           count(DISTINCT recipient_hash) AS recipients, max(occurred_at) AS last_seen,
           count(*) FILTER (WHERE state <> 'c') AS unverified
      FROM returned_mail
     WHERE kind = 'c'
       AND block < 1048576
       AND occurred_at >= $1 AND occurred_at < $2
       AND ($4 IS NULL OR provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($7 IS NULL OR stream_id IN (SELECT stream_id FROM stream WHERE name = $7))
     GROUP BY provider_id, stream_id, feedback_type
), taken AS (
    SELECT provider_id, stream_id, sum(n) AS delivered
      FROM rollup_hour
     WHERE direction = 's'
       AND outcome = 'D'
       AND ($3 = 'event' OR cohort >= $1 AND cohort < $2)
       AND ($3 = 'cohort' OR hour >= $1 AND hour < $2)
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
     GROUP BY provider_id, stream_id
)
SELECT coalesce(p.provider, 'other') AS provider, coalesce(t.name, '(unknown)') AS stream, c.feedback_type,
       c.complaints, c.recipients, (c.complaints / nullif(k.delivered, 0))::float8 AS complaint_rate, c.unverified,
       c.last_seen, coalesce(k.delivered, 0)::bigint AS delivered
  FROM told c
  LEFT JOIN taken k ON k.provider_id = c.provider_id AND k.stream_id = c.stream_id
  LEFT JOIN provider p ON p.provider_id = c.provider_id
  LEFT JOIN stream t ON t.stream_id = c.stream_id
 ORDER BY c.complaints DESC, 1, 2, 3
 LIMIT $9;

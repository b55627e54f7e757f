-- title: Data quality
-- promise: What was read for each node and format, what was not understood, set aside or missing.
-- takes: node
-- column: node | Node | text | our relay, "(mails)" for returned mails, "(imports)" for figures of receivers
-- column: format | Format | text | how it was read
-- column: inputs | Inputs | count wide | files and streams, or mails
-- column: read | Read | count | lines or mails
-- column: events | Events | count detail | of them that told of a delivery
-- column: irrelevant | Irrelevant | count | known, but not about deliveries
-- column: unread | Unread | count | not understood
-- column: set_aside | Set aside | count | refused inputs, oversized lines, broken mails
-- column: gaps | Gaps | count | stretches of more than six hours between inputs
-- column: gap_seconds | Missing | seconds detail | the length of all gaps
-- column: first_at | From | time wide | the first line's time
-- column: last_at | To | time | the last line's time
-- column: read_rate | Understood | rate understood/read | of what was read
-- column: understood | Understood | count detail | read and not unread
WITH spans AS (
    SELECT input_id, node_id, format, first_at, last_at, lines, events, known, unread, oversized,
           first_at - max(last_at) OVER (PARTITION BY node_id ORDER BY first_at, last_at, input_id
                                         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS gap
      FROM input_span
     WHERE first_at < $2 AND last_at >= $1
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
), aside AS (
    SELECT input_id, sum(seen) AS seen FROM quarantine GROUP BY input_id
), logs AS (
    SELECT s.node_id, s.format, count(*) AS inputs, sum(s.lines) AS read, sum(s.events) AS events,
           sum(s.known) AS irrelevant, sum(s.unread) AS unread, sum(s.oversized) AS set_aside,
           count(*) FILTER (WHERE s.gap > interval '6 hours') AS gaps,
           coalesce(sum(extract(epoch FROM s.gap)) FILTER (WHERE s.gap > interval '6 hours'), 0) AS gap_seconds,
           min(s.first_at) AS first_at, max(s.last_at) AS last_at
      FROM spans s
     GROUP BY s.node_id, s.format
), mails AS (
    SELECT m.decoded_by, count(*) AS inputs, count(*) FILTER (WHERE m.kind IN ('bounce', 'deferral', 'complaint')) AS events,
           count(*) FILTER (WHERE m.kind NOT IN ('bounce', 'deferral', 'complaint', '')) AS irrelevant,
           count(*) FILTER (WHERE m.kind = '') AS unread, min(m.occurred_at) AS first_at, max(m.occurred_at) AS last_at
      FROM mail_seen m
     WHERE (m.occurred_at IS NULL OR m.occurred_at >= $1 AND m.occurred_at < $2)
       AND $5 IS NULL
     GROUP BY m.decoded_by
), imports AS (
    SELECT format, count(*) AS inputs, sum(records + irrelevant + unread) AS read, sum(records) AS events,
           sum(irrelevant) AS irrelevant, sum(unread) AS unread, min(first_day) AS first_at, max(last_day) AS last_at
      FROM import_seen
     WHERE (first_day IS NULL OR last_day >= $1 AND first_day < $2)
       AND $5 IS NULL
     GROUP BY format
), refused AS (
    SELECT count(DISTINCT a.input_id) AS inputs, sum(a.seen) AS seen
      FROM aside a
      LEFT JOIN (SELECT input_id FROM input_span UNION SELECT input_id FROM import_seen) AS s ON s.input_id = a.input_id
     WHERE s.input_id IS NULL
       AND $5 IS NULL
), parts AS (
    SELECT coalesce(n.name, '(unknown)') AS node, l.format, l.inputs, l.read, l.events, l.irrelevant, l.unread,
           l.set_aside, l.gaps, l.gap_seconds, l.first_at, l.last_at
      FROM logs l
      LEFT JOIN node n ON n.node_id = l.node_id
    UNION ALL
    SELECT '(mails)', CASE WHEN decoded_by = '' THEN 'mail' ELSE decoded_by END, inputs, inputs, events, irrelevant,
           unread, 0, 0, 0, first_at, last_at
      FROM mails
    UNION ALL
    SELECT '(imports)', format, inputs, read, events, irrelevant, unread, 0, 0, 0, first_at, last_at
      FROM imports
    UNION ALL
    SELECT '(set aside)', '', inputs, 0, 0, 0, 0, seen, 0, 0, NULL, NULL
      FROM refused
     WHERE inputs > 0
)
SELECT node, format, inputs, read::bigint, events::bigint, irrelevant::bigint, unread::bigint, set_aside::bigint, gaps,
       gap_seconds::float8, first_at, last_at, ((read - unread) / nullif(read, 0))::float8 AS read_rate,
       (read - unread)::bigint AS understood
  FROM parts
 ORDER BY 1, 2
 LIMIT $9;

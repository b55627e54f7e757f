-- title: What receivers say of us
-- promise: What Microsoft (SNDS) and Google (Postmaster Tools) say of our addresses and domains, as imported; never mixed with our own counts.
-- column: item | Ours | text | ours, as the receiver names it
-- column: source | Source | text | snds: Microsoft; postmaster: Google
-- column: state | State | text | the latest verdict: GREEN, YELLOW, RED of filtering; HIGH to BAD of reputation; BLOCKED, LIMITED
-- column: worst | Worst | text wide | the worst verdict of a day
-- column: complaint_rate | Complaints | rate | the latest day told of: reported as spam, of what was delivered (Microsoft gives steps: its upper end)
-- column: complaint_rate_most | Most | rate wide | the highest of a day
-- column: trap_hits | Trap hits | count | mails to addresses that belong to nobody (Microsoft)
-- column: error_rate | Errors | rate | the latest day told of: refused or put off at Google
-- column: recipients | Recipients | messages wide | as Microsoft counts them
-- column: spf_rate | SPF | rate wide | passed, the latest day told of
-- column: dkim_rate | DKIM | rate wide | passed
-- column: dmarc_rate | DMARC | rate wide | passed
-- column: tls_rate | Over TLS | rate wide | of our mail to Google
-- column: last_day | As of | time | the latest day told of
-- column: told | Told | text long | the receiver's own words; errors, unmet requirements and campaigns complained of at Google
-- column: errors | Why | text detail | errors at Google with their highest share of a day
-- column: needs_work | Needs work | text detail | requirements for senders that Google finds unmet
-- column: feedback_loops | Campaigns | text detail | feedback loops that Google's users complain of
-- column: note | Note | text detail | the receiver's own words
-- column: complaint_said | Complaints, as said | text detail | in Microsoft's words
-- column: days | Days | count detail | told of
WITH sums AS (
    SELECT item, source, max(day) AS last_day, count(DISTINCT day) AS days,
           (array_agg(verdict ORDER BY day DESC) FILTER (WHERE verdict <> ''))[1] AS state,
           (array_agg(verdict ORDER BY verdict_rank(verdict) DESC, day DESC) FILTER (WHERE verdict <> ''))[1] AS worst,
           (array_agg(complaint_rate ORDER BY day DESC) FILTER (WHERE complaint_rate IS NOT NULL))[1] AS complaint_rate,
           max(complaint_rate) AS complaint_rate_most,
           (array_agg(complaint_said ORDER BY day DESC) FILTER (WHERE complaint_said <> ''))[1] AS complaint_said,
           sum(trap_hits) AS trap_hits, sum(recipients) AS recipients,
           (array_agg(error_rate ORDER BY day DESC) FILTER (WHERE error_rate IS NOT NULL))[1] AS error_rate,
           (array_agg(spf_rate ORDER BY day DESC) FILTER (WHERE spf_rate IS NOT NULL))[1] AS spf_rate,
           (array_agg(dkim_rate ORDER BY day DESC) FILTER (WHERE dkim_rate IS NOT NULL))[1] AS dkim_rate,
           (array_agg(dmarc_rate ORDER BY day DESC) FILTER (WHERE dmarc_rate IS NOT NULL))[1] AS dmarc_rate,
           (array_agg(tls_rate ORDER BY day DESC) FILTER (WHERE tls_rate IS NOT NULL))[1] AS tls_rate,
           (array_agg(needs_work ORDER BY day DESC) FILTER (WHERE needs_work <> ''))[1] AS needs_work,
           (array_agg(note ORDER BY day DESC) FILTER (WHERE note <> ''))[1] AS note
      FROM reputation_day
     WHERE day >= $1 AND day < $2
     GROUP BY item, source
), shares AS (
    SELECT p.domain, f.metric, f.detail, max(f.value) AS most
      FROM postmaster_part p
      JOIN postmaster_figure f ON f.item_id = p.item_id AND f.day = p.day AND f.part = p.part AND f.version = p.version
     WHERE p.day >= $1 AND p.day < $2
       AND f.metric IN ('delivery_error', 'feedback_loop')
     GROUP BY p.domain, f.metric, f.detail
), texts AS (
    SELECT domain,
           string_agg(lower(replace(detail, '_', ' ')) || ' ' || round((most * 100)::numeric, 2) || ' %', ', '
                      ORDER BY most DESC, detail) FILTER (WHERE metric = 'delivery_error' AND most > 0) AS errors,
           string_agg(detail || ' ' || round((most * 100)::numeric, 2) || ' %', ', '
                      ORDER BY most DESC, detail) FILTER (WHERE metric = 'feedback_loop' AND most > 0) AS feedback_loops
      FROM shares
     GROUP BY domain
)
SELECT s.item, s.source, coalesce(s.state, '') AS state, coalesce(s.worst, '') AS worst, s.complaint_rate,
       s.complaint_rate_most, s.trap_hits::bigint, s.error_rate, s.recipients::bigint, s.spf_rate, s.dkim_rate,
       s.dmarc_rate, s.tls_rate, s.last_day::timestamptz AS last_day,
       concat_ws('; ', s.note, 'errors: ' || t.errors, 'needs work: ' || lower(replace(s.needs_work, '_', ' ')),
                 'campaigns: ' || t.feedback_loops) AS told, coalesce(t.errors, '') AS errors,
       coalesce(s.needs_work, '') AS needs_work, coalesce(t.feedback_loops, '') AS feedback_loops,
       coalesce(s.note, '') AS note, coalesce(s.complaint_said, '') AS complaint_said, s.days
  FROM sums s
  LEFT JOIN texts t ON s.source = 'postmaster' AND t.domain = s.item
 ORDER BY verdict_rank(coalesce(s.state, '')) DESC, s.complaint_rate DESC NULLS LAST, s.source, s.item
 LIMIT $9;

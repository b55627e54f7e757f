-- title: What receivers say of us, by day
-- promise: Each day that Microsoft (SNDS) and Google (Postmaster Tools) told of, for each of our addresses and domains.
-- column: item | Ours | text | ours, as the receiver names it
-- column: source | Source | text | snds: Microsoft; postmaster: Google
-- column: day | Day | time | as the receiver counts days
-- column: verdict | Verdict | text | GREEN, YELLOW, RED of filtering; HIGH to BAD of reputation; BLOCKED, LIMITED
-- column: complaint_rate | Complaints | rate | reported as spam (Microsoft gives steps: its upper end)
-- column: trap_hits | Trap hits | count | mails to addresses that belong to nobody (Microsoft)
-- column: error_rate | Errors | rate | refused or put off at Google
-- column: recipients | Recipients | messages wide | as Microsoft counts them
-- column: spf_rate | SPF | rate wide | passed
-- column: dkim_rate | DKIM | rate wide | passed
-- column: dmarc_rate | DMARC | rate wide | passed
-- column: tls_rate | Over TLS | rate wide | of our mail to Google
-- column: needs_work | Needs work | text long | requirements for senders that Google finds unmet
SELECT item, source, day::timestamptz AS day, verdict, complaint_rate, trap_hits, error_rate, recipients, spf_rate,
       dkim_rate, dmarc_rate, tls_rate, needs_work
  FROM reputation_day
 WHERE day >= $1 AND day < $2
 ORDER BY reputation_day.day DESC, source, item
 LIMIT $9;

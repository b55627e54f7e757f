-- title: Suppressions
-- promise: Whom we do not mail any more: how many, for which reason, in which state and scope.
-- takes: provider node domain
-- column: reason | Reason | text | the category behind it
-- column: state | State | text | active, pending, expired or released
-- column: scope | Scope | text | global, or one stream
-- column: count | Entries | count | addresses and domains
-- column: added | Added | count wide | listed within the window
-- column: domains | Domains | count detail | entries that stand for a whole domain
-- column: first_event | First | time detail | the oldest event behind them
-- column: last_event | Latest | time | the newest event behind them
-- column: next_expiry | Next expiry | time wide | when the first of them may be mailed again
-- column: expiring | Within 7 days | count detail | that expire soon
WITH entries AS (
    SELECT reason, CASE WHEN state = 'active' AND expires_at <= $10 THEN 'expired' ELSE state END AS state, scope,
           count(*) AS count, count(*) FILTER (WHERE coalesce(listed_at, last_event) >= $1 AND coalesce(listed_at, last_event) < $2) AS added,
           count(*) FILTER (WHERE kind = 'domain') AS domains, min(first_event) AS first_event,
           max(last_event) AS last_event, min(expires_at) FILTER (WHERE expires_at > $10 AND state <> 'released') AS next_expiry,
           count(*) FILTER (WHERE expires_at > $10 AND expires_at <= $10 + interval '7 days' AND state <> 'released')
               AS expiring
      FROM suppression
     WHERE ($4 IS NULL OR provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
       AND ($8 IS NULL OR domain = $8)
     GROUP BY 1, 2, 3
)
SELECT reason, state, scope, count, added, domains, first_event, last_event, next_expiry, expiring
  FROM entries
 ORDER BY array_position(ARRAY['active', 'pending', 'expired', 'released'], state), count DESC, 1, 3
 LIMIT $9;

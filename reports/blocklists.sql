-- title: Blocklists and reputation
-- promise: Who refuses us by a blocklist or a verdict of its own, since when, what share of our mail it hits, and where to ask for removal.
-- takes: provider node
-- column: blocklist | Blocklist | text | the list or verdict that replies name
-- column: listed_item | Listed | text | the address or domain it names; ours where it says so
-- column: node | Node | text wide | our relay that was refused
-- column: provider | Provider | text | who refused
-- column: state | State | text | suspected, active, cleared, unknown (quiet, no traffic to tell), stale (dead list), not_ours
-- column: first_seen | First seen | time wide | the first refusal
-- column: last_seen | Last seen | time | the latest refusal
-- column: affected_share | Share hit | rate hits/attempts | of all attempts to that provider between the two
-- column: sample | Reply | text long | what was said
-- column: delist_url | Delisting | url long | where to ask
-- column: name | Name | text detail | of the list
-- column: operator | Operator | text detail | who runs it
-- column: weight | Weight | count detail | 5 hurts everywhere, 1 hardly anywhere
-- column: hits | Refusals | attempts detail | replies that name it
-- column: attempts | Attempts | attempts detail | to that provider between first and last seen
-- column: accepted_since | Accepted since | messages detail | by that provider after the last refusal
-- column: delist_note | How to be removed | text detail | where there is no page
-- The state is worked out from hourly sums, so the order in which logs were read changes nothing. Rules: active at once
-- when the reply names a live list and our own address, or at 3 refusals in 24 h, or at half of two or more attempts;
-- cleared after 24 quiet hours with 3 acceptances by that provider (20 where it refused 20 or more).
WITH hits AS (
    SELECT node_id, blocklist, listed_item, provider_id, hour, hits, own_item, first_at, last_at, sample, signature_id,
           sum(hits) OVER (PARTITION BY node_id, blocklist, listed_item, provider_id ORDER BY hour
                           RANGE BETWEEN interval '23 hours' PRECEDING AND CURRENT ROW) AS day_hits
      FROM listing
     WHERE hits > 0
       AND hour < $2
       AND ($4 IS NULL OR provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
), listed AS (
    SELECT node_id, blocklist, listed_item, provider_id, sum(hits) AS hits, bool_or(own_item) AS own_item,
           min(first_at) AS first_seen, max(last_at) AS last_seen, min(hour) AS first_hour, max(hour) AS last_hour,
           max(day_hits) AS day_hits, (array_agg(sample ORDER BY last_at DESC, sample))[1] AS sample,
           (array_agg(signature_id ORDER BY last_at DESC, signature_id))[1] AS signature_id
      FROM hits
     GROUP BY node_id, blocklist, listed_item, provider_id
    HAVING max(last_at) >= $1
), traffic AS (
    SELECT node_id, provider_id, hour, sum(attempts) AS attempts, sum(n) FILTER (WHERE outcome = 'D') AS delivered
      FROM rollup_hour
     WHERE direction = 's'
       AND hour >= (SELECT min(first_hour) FROM listed)
       AND hour < $2
       AND ($4 IS NULL OR provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
       AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
     GROUP BY node_id, provider_id, hour
), sums AS (
    SELECT l.node_id, l.blocklist, l.listed_item, l.provider_id,
           sum(t.attempts) FILTER (WHERE t.hour <= l.last_hour) AS attempts,
           sum(t.delivered) FILTER (WHERE t.hour > l.last_hour) AS accepted_since
      FROM listed l
      JOIN traffic t ON t.node_id = l.node_id AND t.provider_id = l.provider_id AND t.hour >= l.first_hour
     GROUP BY l.node_id, l.blocklist, l.listed_item, l.provider_id
), judged AS (
    SELECT l.*, coalesce(s.attempts, 0) AS attempts, coalesce(s.accepted_since, 0) AS accepted_since,
           b.name, b.operator, b.weight, b.delist_url AS delist,
           CASE WHEN b.status = 'dead' THEN 'stale'
                WHEN g.misconfigured OR b.operator = 'recipient tenant' THEN 'not_ours'
                WHEN $10 - l.last_seen < interval '24 hours' THEN
                    CASE WHEN l.own_item OR l.day_hits >= 3 OR (s.attempts >= 2 AND 2 * l.hits >= s.attempts)
                         THEN 'active' ELSE 'suspected' END
                WHEN s.accepted_since >= CASE WHEN l.hits >= 20 THEN 20 ELSE 3 END THEN 'cleared'
                ELSE 'unknown' END AS state
      FROM listed l
      LEFT JOIN sums s USING (node_id, blocklist, listed_item, provider_id)
      LEFT JOIN blocklist b ON b.blocklist = l.blocklist
      LEFT JOIN signature g ON g.signature_id = l.signature_id
)
SELECT j.blocklist, j.listed_item, coalesce(o.name, '(unknown)') AS node, coalesce(p.provider, 'other') AS provider,
       j.state, j.first_seen, j.last_seen, CASE WHEN j.attempts > 0 THEN least(j.hits / j.attempts, 1) END::float8 AS affected_share, j.sample,
       CASE WHEN j.delist ~ '^https?://' THEN j.delist
            WHEN j.delist ~ '^[a-z0-9.-]+\.[a-z]{2,}(/\S*)?$' THEN 'https://' || j.delist END AS delist_url,
       coalesce(j.name, j.blocklist) AS name, coalesce(j.operator, '') AS operator, coalesce(j.weight, 0) AS weight,
       j.hits::bigint, j.attempts::bigint, j.accepted_since::bigint,
       CASE WHEN j.delist ~ '^(https?://|[a-z0-9.-]+\.[a-z]{2,}(/\S*)?$)' OR j.delist IN ('none', '-') THEN ''
            ELSE coalesce(j.delist, '') END AS delist_note
  FROM judged j
  LEFT JOIN node o ON o.node_id = j.node_id
  LEFT JOIN provider p ON p.provider_id = j.provider_id
 ORDER BY array_position(ARRAY['active', 'suspected', 'unknown', 'cleared', 'not_ours', 'stale'], j.state),
          j.weight DESC NULLS LAST, j.hits DESC, 1, 2, 3, 4
 LIMIT $9;

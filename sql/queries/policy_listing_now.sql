-- When something of ours was listed at a provider: hits no further apart than the quiet time make one spell; it counts
-- when a live list named an item of ours, or by number, or by share of what was tried there. Works on sums by hour, so
-- the order of reading does not matter. 'other' is no provider: a block by one of those hosts says nothing of the next.
INSERT INTO policy_listing_now (node_id, provider_id, blocklist, listed_item, from_at, to_at)
SELECT h.node_id, h.provider_id, h.blocklist, h.listed_item, h.from_at, h.last_at + g.listing_quiet
  FROM (SELECT node_id, provider_id, blocklist, listed_item, spell, min(first_at) AS from_at, max(last_at) AS last_at,
               bool_or(own_item) AS own_item, max(hits_near) AS hits_near, sum(hits) AS hits,
               min(hour) AS first_hour, max(hour) AS last_hour
          FROM (SELECT s.*, count(*) FILTER (WHERE s.begins) OVER item AS spell,
                       sum(s.hits) OVER (PARTITION BY s.node_id, s.provider_id, s.blocklist, s.listed_item ORDER BY s.hour
                                         RANGE BETWEEN '23 hours' PRECEDING AND CURRENT ROW) AS hits_near
                  FROM (SELECT l.*, coalesce(l.first_at - lag(l.last_at) OVER item > g.listing_quiet, true) AS begins
                          FROM listing l
                          JOIN signature v ON v.signature_id = l.signature_id
                          LEFT JOIN blocklist b ON b.blocklist = l.blocklist
                          LEFT JOIN provider o ON o.provider_id = l.provider_id
                         CROSS JOIN policy_guard g
                         WHERE l.hits > 0 AND l.provider_id <> 0 AND NOT v.misconfigured AND coalesce(b.status, '') <> 'dead'
                           AND coalesce(o.provider, '') <> 'other'
                           -- "other" is thousands of small systems, not one: a listing at one says nothing of the next
                           AND NOT EXISTS (SELECT FROM provider p WHERE p.provider_id = l.provider_id AND p.provider = 'other')
                        WINDOW item AS (PARTITION BY l.node_id, l.provider_id, l.blocklist, l.listed_item ORDER BY l.hour)) s
                WINDOW item AS (PARTITION BY s.node_id, s.provider_id, s.blocklist, s.listed_item ORDER BY s.hour)) x
         GROUP BY node_id, provider_id, blocklist, listed_item, spell) h
 CROSS JOIN policy_guard g
  LEFT JOIN (SELECT node_id, provider_id, hour, sum(attempts) AS attempts FROM rollup_hour GROUP BY 1, 2, 3) t
    ON NOT h.own_item AND h.hits_near < g.listing_hits AND h.hits > 1
   AND t.node_id = h.node_id AND t.provider_id = h.provider_id AND t.hour BETWEEN h.first_hour AND h.last_hour
 GROUP BY h.node_id, h.provider_id, h.blocklist, h.listed_item, h.from_at, h.last_at, h.own_item, h.hits, h.hits_near,
          g.listing_quiet, g.listing_hits, g.listing_share
HAVING h.own_item OR h.hits_near >= g.listing_hits OR (h.hits > 1 AND h.hits >= g.listing_share * sum(t.attempts));

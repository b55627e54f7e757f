-- The one sum that hangs on flag 8.
UPDATE rollup_hour h SET blocked = h.blocked + d.delta
  FROM (SELECT node_id, date_trunc('hour', occurred_at) AS hour, cohort, egress_id, provider_id, stream_id, direction,
               outcome, tls, sum(CASE WHEN flags & 8 <> 0 THEN 1 ELSE -1 END) AS delta
          FROM reclassify_row GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9) d
 WHERE h.node_id = d.node_id AND h.hour = d.hour AND h.cohort = d.cohort AND h.egress_id = d.egress_id
   AND h.provider_id = d.provider_id AND h.stream_id = d.stream_id AND h.direction = d.direction AND h.outcome = d.outcome
   AND h.tls = d.tls;

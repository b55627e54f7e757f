-- What happened to recipients, oldest first; at most 1,000 rows, the newest. Rows taken back (weight) are left out.
--   $1 recipient_hashes bigint[]   $2 message_id_hashes bigint[]   $3 queue_ids text[]; both empty: all their messages
SELECT e.occurred_at, n.name AS node, e.queue_id, e.next_queue_id, coalesce(r.address, '') AS address,
       coalesce(d.name, '') AS domain, coalesce(p.provider, '') AS provider, coalesce(h.name, '') AS remote_host,
       coalesce(g.name, '') AS egress, coalesce(t.name, '') AS stream, e.outcome, e.direction, e.attempt,
       e.delay_ms, e.tls, coalesce(s.category, '') AS category, coalesce(s.severity, '') AS severity,
       coalesce(s.rule, '') AS rule,
       coalesce(nullif(k.reply, ''), concat_ws(' ', nullif(s.reply_code, 0), nullif(s.enhanced_status, ''), s.masked))
           AS reply -- what was said to others names other hosts
  FROM (SELECT occurred_at, recipient_hash, node_id, egress_id, domain_id, provider_id, remote_host_id, stream_id,
               signature_id, attempt, delay_ms, tls, direction, outcome, queue_id, next_queue_id
          FROM event
         WHERE recipient_hash = ANY ($1)
           AND (cardinality($2::bigint[]) + cardinality($3::text[]) = 0
                OR message_id_hash = ANY ($2)
                OR (queue_id = ANY ($3) OR next_queue_id = ANY ($3) OR hop_key(queue_id) = ANY ($3))
                   AND (message_id_hash = 0 OR cardinality($2::bigint[]) = 0 OR length(queue_id) >= 16
                        OR length(next_queue_id) >= 16))
         GROUP BY occurred_at, recipient_hash, node_id, egress_id, domain_id, provider_id, remote_host_id, stream_id,
                  signature_id, attempt, delay_ms, tls, direction, outcome, queue_id, next_queue_id
        HAVING sum(weight) > 0
         ORDER BY occurred_at DESC LIMIT 1000) AS e
  LEFT JOIN node n ON n.node_id = e.node_id
  LEFT JOIN recipient r ON r.recipient_hash = e.recipient_hash
  LEFT JOIN domain d ON d.domain_id = e.domain_id
  LEFT JOIN provider p ON p.provider_id = e.provider_id
  LEFT JOIN remote_host h ON h.remote_host_id = e.remote_host_id
  LEFT JOIN egress g ON g.egress_id = e.egress_id
  LEFT JOIN stream t ON t.stream_id = e.stream_id
  LEFT JOIN signature s ON s.signature_id = e.signature_id
  LEFT JOIN strike k ON k.recipient_hash = e.recipient_hash AND k.day = (e.occurred_at AT TIME ZONE 'UTC')::date
                    AND k.signature_id = e.signature_id AND k.stream_id = e.stream_id AND e.outcome IN ('F', 'X', 'A')
 ORDER BY e.occurred_at, e.attempt;

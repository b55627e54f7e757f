-- Who stands for the same places in the queue: complaints without evidence of the same stream and day are taken in
-- their order up to a number, so one more concerns them all.
INSERT INTO policy_work (recipient_hash, read_again)
SELECT DISTINCT m.recipient_hash, false
  FROM returned_mail m
  JOIN (SELECT DISTINCT r.stream_id, r.occurred_at::date AS day
          FROM returned_mail r JOIN policy_work w ON w.recipient_hash = r.recipient_hash
         WHERE coalesce(r.evidence, 'D') = 'D' AND r.recipient_hash <> 0 AND r.category IN ('complaint', 'unsubscribe')) d
    ON m.stream_id = d.stream_id AND m.occurred_at >= d.day AND m.occurred_at < d.day + 1
 WHERE coalesce(m.evidence, 'D') = 'D' AND m.recipient_hash <> 0 AND m.category IN ('complaint', 'unsubscribe')
ON CONFLICT (recipient_hash) DO NOTHING;

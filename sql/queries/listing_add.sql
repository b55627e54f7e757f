-- Adds a batch's blocklist hits. The sample of the earliest hit stays, whatever the order of reading.
INSERT INTO listing AS l (node_id, blocklist, listed_item, provider_id, hour, hits, own_item, first_at, last_at, sample, signature_id)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::bigint[],
                     $7::boolean[], $8::timestamptz[], $9::timestamptz[], $10::text[], $11::bigint[])
ON CONFLICT (node_id, blocklist, listed_item, provider_id, hour) DO UPDATE
SET hits = l.hits + excluded.hits, own_item = l.own_item OR excluded.own_item,
    sample = CASE WHEN (excluded.first_at, excluded.sample) < (l.first_at, l.sample) THEN excluded.sample ELSE l.sample END,
    signature_id = CASE WHEN (excluded.first_at, excluded.sample) < (l.first_at, l.sample) THEN excluded.signature_id ELSE l.signature_id END,
    first_at = least(l.first_at, excluded.first_at), last_at = greatest(l.last_at, excluded.last_at);

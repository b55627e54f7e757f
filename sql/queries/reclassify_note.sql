-- Notes what signatures meant and will mean, before they are changed.
--   $1 at[]  $2 actor[]  $3 signature_id[]  $4 category[]  $5 rule[]  $6 blocklist[]  $7 listed_item[]  $8 own_item[]
INSERT INTO reclassification (at, signature_id, actor, old_category, new_category, old_rule, new_rule, old_blocklist,
                              new_blocklist, listed_item, own_item, was_blocking, is_blocking)
SELECT t.at, t.signature_id, t.actor, s.category, t.category, s.rule, t.rule,
       CASE WHEN s.misconfigured THEN '' ELSE s.blocklist END, t.blocklist, t.listed_item, t.own_item,
       b.signature_id IS NOT NULL, false
  FROM unnest($1::timestamptz[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::boolean[])
    AS t (at, actor, signature_id, category, rule, blocklist, listed_item, own_item)
  JOIN signature s ON s.signature_id = t.signature_id
  LEFT JOIN blocking_signature b ON b.signature_id = t.signature_id;

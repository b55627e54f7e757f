-- What signatures mean from now on.
--   $1 signature_id[]  $2 category[]  $3 severity[]  $4 rule[]  $5 blocklist[]  $6 misconfigured[]
UPDATE signature s
   SET category = t.category, severity = t.severity, rule = t.rule, blocklist = t.blocklist, misconfigured = t.misconfigured
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[])
    AS t (signature_id, category, severity, rule, blocklist, misconfigured)
 WHERE s.signature_id = t.signature_id;

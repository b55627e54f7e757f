-- How many entries fit; parameters as suppression_cursor.
SELECT count(*) AS n
  FROM suppression s
  LEFT JOIN provider v ON v.provider_id = s.provider_id
 WHERE $1 IN ('', s.state) AND $2 IN ('', s.scope) AND $3 IN ('', s.reason) AND $4 IN ('', s.kind)
   AND $5 IN ('', s.origin) AND $6 IN ('', v.provider, v.roof) AND $7 IN ('', s.evidence::text)
   AND ($8::bigint[] IS NULL OR s.recipient_hash = ANY ($8::bigint[]));

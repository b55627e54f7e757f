-- The whole dictionary, as rules see it and with what was decided; an overflow signature has no text to judge again.
SELECT s.signature_id, s.masked, s.reply_code, s.enhanced_status, s.phase, coalesce(p.provider, '') AS provider,
       s.category, s.severity, s.rule, s.blocklist, s.misconfigured, s.sample, s.provider_id
  FROM signature s
  LEFT JOIN provider p ON p.provider_id = s.provider_id
 WHERE s.rule <> 'overflow'
 ORDER BY s.signature_id;
